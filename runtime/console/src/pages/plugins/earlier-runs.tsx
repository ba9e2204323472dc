import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Run, Tool } from '../../../../contract/api.ts';
import type { JsonObject } from '../../../../contract/plugins.ts';
import { isRecord } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { lengthOf, Time } from '../../parts/time.tsx';
import { Section } from '../../parts/section.tsx';

interface EarlierRunsProps {
  readonly tool: Tool;
  /** Puts the arguments into the form. */
  readonly onTake: (args: JsonObject) => void;
  readonly onReplay: (args: JsonObject) => void;
}

const shown = 10;

/** The last runs of a tool, whoever asked for them; each can be repeated. */
export function EarlierRuns({ tool: { plugin, tool }, onTake, onReplay }: EarlierRunsProps) {
  const runs = useQuery({
    queryKey: ['runs', plugin, tool],
    queryFn: () => answerOf(api.runs.$get({ query: { plugin, tool, limit: String(shown) } })),
  });
  return (
    <Section title="Earlier runs" text="What could be a secret was left out when it was recorded.">
      <QueryView query={runs} what="earlier runs" rows={2}>
        {(all) =>
          all.length === 0 ? (
            <Text size="sm" c="dimmed">
              None yet.
            </Text>
          ) : (
            <Stack gap="xs">
              {all.map((run) => (
                <EarlierRun key={run.id} run={run} onTake={onTake} onReplay={onReplay} />
              ))}
            </Stack>
          )
        }
      </QueryView>
    </Section>
  );
}

function EarlierRun({ run, onTake, onReplay }: { readonly run: Run } & Omit<EarlierRunsProps, 'tool'>) {
  const { state, queuedAt, durationMs, error, source, args } = run;
  const given = isRecord(args) ? args : null;
  return (
    <Paper withBorder radius="md" p="sm">
      <Group justify="space-between" align="flex-start">
        <Stack gap={2} style={{ flex: '1 1 16rem', minWidth: 0 }}>
          <Group gap="sm">
            <StatePill state={state} />
            <Text size="sm" c="dimmed">
              <Time at={queuedAt} />
              {durationMs !== null && `, ${lengthOf(durationMs)}`}, through {source}
            </Text>
          </Group>
          <Text size="sm" ff="monospace" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
            {given === null ? 'arguments were too large to keep' : JSON.stringify(given)}
          </Text>
          {error !== null && (
            <Text size="sm" lineClamp={2}>
              {error}
            </Text>
          )}
        </Stack>
        {given !== null && (
          <Group gap="xs">
            <Button size="compact-sm" variant="default" onClick={() => onTake(given)}>
              Edit
            </Button>
            <Button size="compact-sm" variant="default" onClick={() => onReplay(given)}>
              Run again
            </Button>
          </Group>
        )}
      </Group>
    </Paper>
  );
}
