import { Button, Group, SimpleGrid } from '@mantine/core';
import { IconBrain, IconMessagePlus, IconPlugConnected, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { Figures } from './figures.tsx';
import { RecentThreads } from './recent-threads.tsx';
import { Troubles } from './troubles.tsx';
import { UsagePanel } from './usage-panel.tsx';
import './dashboard.css';

/** How things are at a glance, and the ways to what is done most. */
export function DashboardPage() {
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => answerOf(api.overview.$get()) });
  return (
    <Page title="Dashboard" text="How things are, and what needs you.">
      <QueryView query={overview} what="the overview">
        {(seen) => (
          <>
            <Troubles troubles={seen.troubles} />
            <Figures overview={seen} />
          </>
        )}
      </QueryView>
      <UsagePanel />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <RecentThreads />
        <QuickActions />
      </SimpleGrid>
    </Page>
  );
}

const actions = [
  { href: '/chat', label: 'New chat', icon: IconMessagePlus },
  { href: '/models', label: 'Choose the model', icon: IconBrain },
  { href: '/plugins/add', label: 'Add a plugin', icon: IconPlus },
  { href: '/connect', label: 'Connect a client', icon: IconPlugConnected },
] as const;

function QuickActions() {
  return (
    <Section title="Go on">
      <Group gap="sm">
        {actions.map(({ href, label, icon: Icon }) => (
          <Button
            key={href}
            component={Link}
            href={href}
            variant="default"
            leftSection={<Icon size={18} aria-hidden />}
          >
            {label}
          </Button>
        ))}
      </Group>
    </Section>
  );
}
