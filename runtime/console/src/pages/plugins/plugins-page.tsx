import { Button, SegmentedControl, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconPlug, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import type { ListedPlugin } from '../../../../contract/api.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { HeldList } from './held-list.tsx';
import { PluginCard } from './plugin-card.tsx';
import { usePlugins } from './plugin-queries.ts';
import { titleOfTrouble } from './trouble-alert.tsx';
import './plugins.css';

const kinds = ['All', 'Need you', 'Running', 'Off'] as const;
type Kind = (typeof kinds)[number];

/** Whether a person has to do something before it works as it should. */
function needsYou(plugin: ListedPlugin): boolean {
  const { pending, heldTools } = plugin;
  return (
    titleOfTrouble(plugin) !== null ||
    heldTools.length > 0 ||
    (pending !== null && pending.kind !== 'starting')
  );
}

const fits: Readonly<Record<Kind, (plugin: ListedPlugin) => boolean>> = {
  All: () => true,
  'Need you': needsYou,
  Running: ({ pid, state }) => pid !== null || state === 'active',
  Off: ({ state }) => state === 'disabled',
};

/** All plugins: how each is, and why. */
export function PluginsPage() {
  const plugins = usePlugins();
  return (
    <Page title="Plugins" text="What runs here, in which isolation, and how it is." actions={<AddLink />}>
      <HeldList />
      <QueryView query={plugins} what="plugins">
        {(all) => (all.length === 0 ? <NoPlugins /> : <Catalogue all={all} />)}
      </QueryView>
    </Page>
  );
}

function AddLink() {
  return (
    <Button component={Link} href="/plugins/add" leftSection={<IconPlus size={18} aria-hidden />}>
      Add a plugin
    </Button>
  );
}

function NoPlugins() {
  return (
    <EmptyState
      icon={IconPlug}
      title="There are no plugins yet"
      text="A plugin gives the assistant tools. It may do what you grant it, and nothing else; you see the exact command and its permissions before anything runs."
    >
      <AddLink />
    </EmptyState>
  );
}

function Catalogue({ all }: { readonly all: readonly ListedPlugin[] }) {
  const [kind, setKind] = useState<Kind>('All');
  const [words, setWords] = useState('');
  const shown = all
    .filter((plugin) => fits[kind](plugin) && plugin.name.includes(words.trim().toLowerCase()))
    .sort(
      (one, other) => Number(needsYou(other)) - Number(needsYou(one)) || one.name.localeCompare(other.name),
    );
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        <SearchField
          aria-label="Search plugins by name"
          placeholder="Search by name"
          value={words}
          onSearch={setWords}
        />
        <SegmentedControl
          aria-label="Which plugins"
          data={kinds.map((one) => ({ value: one, label: `${one} (${all.filter(fits[one]).length})` }))}
          value={kind}
          onChange={setKind}
        />
      </SimpleGrid>
      {shown.length === 0 && <Text c="dimmed">No plugin fits. Clear the search, or choose All.</Text>}
      <SimpleGrid
        component="ul"
        cols={{ base: 1, md: 2 }}
        spacing="sm"
        p={0}
        m={0}
        style={{ listStyle: 'none' }}
      >
        {shown.map((plugin) => (
          <PluginCard key={plugin.name} plugin={plugin} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
