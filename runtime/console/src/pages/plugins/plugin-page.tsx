import { Button, Group, Stack, Tabs } from '@mantine/core';
import { IconPlugOff } from '@tabler/icons-react';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { PluginDetail } from '../../../../contract/api.ts';
import type { PluginConsent } from '../../../../contract/consent.ts';
import { ApiError } from '../../api/api-error.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page, type PageParams } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Draft } from '../../parts/settings/draft.ts';
import { StatePill } from '../../parts/state-pill.tsx';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { ApprovalPanel } from './approval-panel.tsx';
import { HealthPanel } from './health-panel.tsx';
import { LogPanel } from './log-panel.tsx';
import { PermissionsPanel } from './permissions-panel.tsx';
import { PluginActions } from './plugin-actions.tsx';
import { useConsent, usePlugin } from './plugin-queries.ts';
import { missingOf, usePluginSettings } from './plugin-settings.ts';
import { SettingsPanel } from './settings-panel.tsx';
import { ToolsPanel } from './tools-panel.tsx';
import { TroubleAlert } from './trouble-alert.tsx';
import './plugins.css';

/** One plugin: what it may touch, its tools, its settings, how it is, what it says. */
export function PluginPage({ params: { name = '' } }: PageParams) {
  const plugin = usePlugin(name);
  const consent = useConsent(name);
  // What is kept of it from before would offer what cannot be done any more.
  if (plugin.error instanceof ApiError && plugin.error.code === 'PLUGIN_UNKNOWN')
    return <NoPlugin name={name} />;
  return (
    <Page
      title={name}
      text={plugin.data?.status.source}
      actions={plugin.data && <PluginActions plugin={plugin.data.status} />}
    >
      <QueryView query={plugin} what={name}>
        {(detail) => (
          <QueryView query={consent} what={`what ${name} may do`}>
            {(agreed) => <PluginView key={name} detail={detail} consent={agreed} />}
          </QueryView>
        )}
      </QueryView>
    </Page>
  );
}

function NoPlugin({ name }: { readonly name: string }) {
  return (
    <Page title={name}>
      <EmptyState
        icon={IconPlugOff}
        title="There is no such plugin"
        text="It was removed, or its name is another one."
      >
        <Button component={Link} href="/plugins">
          See all plugins
        </Button>
      </EmptyState>
    </Page>
  );
}

interface PluginViewProps {
  readonly detail: PluginDetail;
  readonly consent: PluginConsent;
}

function PluginView({ detail, consent }: PluginViewProps) {
  const { status, tools } = detail;
  const settings = usePluginSettings(status.name);
  // Kept while one looks at another tab of it.
  const [draft, setDraft] = useState<Draft>({});
  useUnsaved(Object.keys(draft).length > 0, `/plugins/${status.name}`);
  const [query, setQuery] = useSearchParams();
  const held = consent.held.length;
  const tabs = [
    { value: 'access', label: 'Access', panel: <PermissionsPanel detail={detail} consent={consent} /> },
    { value: 'tools', label: `Tools (${tools.length})`, panel: <ToolsPanel detail={detail} /> },
    {
      value: 'settings',
      label: 'Settings',
      panel: <SettingsPanel plugin={status.name} settings={settings} draft={draft} onDraft={setDraft} />,
    },
    { value: 'health', label: 'Health', panel: <HealthPanel health={detail.health} /> },
    { value: 'log', label: 'Log', panel: <LogPanel plugin={status.name} /> },
    {
      value: 'approval',
      label: held > 0 ? `Approval (${held})` : 'Approval',
      panel: <ApprovalPanel consent={consent} />,
    },
  ];
  const asked = query.get('tab');
  const open = tabs.some(({ value }) => value === asked) ? asked : 'access';
  const list = useTabInView(asked);
  return (
    <Stack gap="lg">
      <Group>
        <StatePill state={status.state} />
      </Group>
      <TroubleAlert plugin={status} missing={missingOf(settings.data ?? [])} held={held} />
      <Tabs
        value={open}
        onChange={(tab) => setQuery(tab === null ? {} : { tab }, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List className="plugin-tabs" ref={list}>
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, panel }) => (
          <Tabs.Panel key={value} value={value} pt="md">
            {panel}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Stack>
  );
}

/** A phone has no room for all tabs: the one that a link names comes into view. */
function useTabInView(asked: string | null): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const tab = asked === null ? null : list.current?.querySelector('[aria-selected=true]');
    tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [asked]);
  return list;
}
