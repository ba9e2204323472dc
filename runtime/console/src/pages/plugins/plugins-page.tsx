import { Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconPlug } from '@tabler/icons-react';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';

/** All plugins: how each is, and why. */
export function PluginsPage() {
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => answerOf(api.plugins.$get()) });
  return (
    <Page title="Plugins" text="What runs here, in which isolation, and how it is.">
      <QueryView query={plugins} what="plugins">
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              icon={IconPlug}
              title="There are no plugins yet"
              text="A plugin is added by its manifest: it may do what that grants, and nothing else."
            />
          ) : (
            <Stack gap="sm">
              {all.map(({ name, state, reason, nextStep, tools, tier }) => (
                <Paper key={name} withBorder radius="lg" p="md">
                  <Group justify="space-between">
                    <Text fw={600}>{name}</Text>
                    <StatePill state={state} />
                  </Group>
                  <Text size="sm" c="dimmed">
                    {tools} tools{tier !== null && `, isolation: ${tier}`}
                  </Text>
                  {reason !== '' && <Text size="sm">{reason}</Text>}
                  {nextStep !== '' && <Text size="sm">{nextStep}</Text>}
                </Paper>
              ))}
            </Stack>
          )
        }
      </QueryView>
    </Page>
  );
}
