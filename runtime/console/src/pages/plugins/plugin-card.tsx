import { Badge, Group, Paper, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { ListedPlugin } from '../../../../contract/api.ts';
import { inConsole } from '../../api/console-words.ts';
import { StatePill } from '../../parts/state-pill.tsx';
import { isolationWords } from './isolation.ts';
import { useConsent } from './plugin-queries.ts';
import { RiskBadge } from './risk-badge.tsx';
import { titleOfTrouble } from './trouble-alert.tsx';

/** One plugin in the catalogue: how it is, in which isolation, how risky, and what is wrong. */
export function PluginCard({ plugin }: { readonly plugin: ListedPlugin }) {
  const { name, state, tools, heldTools, pending, reason, nextStep, health } = plugin;
  const { data: consent } = useConsent(name);
  const waits = consent?.held.length ?? heldTools.length;
  const { errorRate } = health.calls;
  return (
    <Paper withBorder radius="lg" p="md" className="plugin-card" component="li">
      <Stack gap={6}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Link href={`/plugins/${name}`} className="plugin-card-link">
            {name}
          </Link>
          <StatePill state={state} />
        </Group>
        <Group gap="xs" className="plugin-card-above" w="fit-content">
          <Badge variant="default" tt="none">
            {isolationWords(plugin)}
          </Badge>
          {consent?.risk != null && consent.source !== null && (
            <RiskBadge risk={consent.risk} plugin={name} />
          )}
          {waits > 0 && (
            <Badge
              variant="outline"
              tt="none"
              style={{ color: 'var(--nexus-warn)', borderColor: 'currentcolor' }}
            >
              {waits} to approve
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {tools === 1 ? '1 tool' : `${tools} tools`} ·{' '}
          {health.calls.total === 1 ? '1 call' : `${health.calls.total} calls`}
          {errorRate !== null && errorRate > 0 && ` · ${Math.round(errorRate * 100)} % failed lately`}
        </Text>
        {titleOfTrouble(plugin) !== null && <Text size="sm">{inConsole(`${reason} ${nextStep}`)}</Text>}
        {pending !== null && pending.kind !== 'starting' && (
          <Text size="sm">A change is not in force: {inConsole(pending.reason)}</Text>
        )}
      </Stack>
    </Paper>
  );
}
