import { List, Stack, Text } from '@mantine/core';
import type { PluginHealth } from '../../../../contract/health.ts';
import { lengthOf, Time } from '../../parts/time.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/section.tsx';

const bytes = new Intl.NumberFormat(undefined, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const none = 'nothing yet';

function msOrNone(ms: number | null): string {
  return ms === null ? none : lengthOf(ms);
}

/** How a plugin is: figures, the last check, the last errors. */
export function HealthPanel({ health }: { readonly health: PluginHealth }) {
  return (
    <Stack>
      <Figures health={health} />
      <Checks health={health} />
      <LastErrors health={health} />
    </Stack>
  );
}

function Figures({ health }: { readonly health: PluginHealth }) {
  const { calls, usage, uptimeMs, startedAt, restarts, inFlight } = health;
  return (
    <Section title="Figures">
      <Facts
        facts={[
          [
            'Up',
            uptimeMs === null || startedAt === null ? (
              'it does not run; the first call starts it'
            ) : (
              <>
                {lengthOf(uptimeMs)}, started <Time at={startedAt} />
              </>
            ),
          ],
          ['Restarts', restarts],
          ['Calls', `${calls.total}, ${calls.errors} of them failed, ${inFlight} under way`],
          [
            'Error rate',
            calls.errorRate === null ? none : `${percent.format(calls.errorRate)} of the last 1,000`,
          ],
          ['Median time', msOrNone(calls.p50Ms)],
          ['95th percentile', msOrNone(calls.p95Ms)],
          [
            'Memory',
            usage === null
              ? 'not known while it does not run here'
              : `${bytes.format(usage.memoryBytes / 1_000_000)} in ${usage.processes || 'no'} processes of its own`,
          ],
          ['Processor', usage === null ? 'not known' : `${percent.format(usage.cpuPercent / 100)} of one`],
        ]}
      />
    </Section>
  );
}

function Checks({ health }: { readonly health: PluginHealth }) {
  const { breaker, lastCheck, failedChecks } = health;
  return (
    <Section title="Checks" text="“Check now” asks at once; while it runs it is asked by itself.">
      <Text size="sm">
        {lastCheck === null ? (
          'It was not checked yet.'
        ) : (
          <>
            <Time at={lastCheck.at} />: {lastCheck.isOk ? 'well' : 'not well'}, asked {lastCheck.asked},
            answered in {lengthOf(lastCheck.latencyMs)}. {lastCheck.words}
          </>
        )}
      </Text>
      {failedChecks > 0 && <Text size="sm">{failedChecks} failed in a row; three restart it.</Text>}
      {breaker.state !== 'closed' && (
        <Text size="sm">
          Held back after failures: {breaker.reason}
          {breaker.untilMs !== null && (
            <>
              {' '}
              until <Time at={breaker.untilMs} />
            </>
          )}
        </Text>
      )}
    </Section>
  );
}

function LastErrors({ health }: { readonly health: PluginHealth }) {
  const { errors } = health;
  return (
    <Section title="Last errors">
      {errors.length === 0 ? (
        <Text size="sm" c="dimmed">
          None since its manifest was first read.
        </Text>
      ) : (
        <List size="sm" spacing="xs">
          {errors.toReversed().map(({ at, tool, error }, index) => (
            <List.Item key={`${at} ${index}`} style={{ overflowWrap: 'anywhere' }}>
              <Time at={at} /> <b>{tool}</b>: {error}
            </List.Item>
          ))}
        </List>
      )}
    </Section>
  );
}
