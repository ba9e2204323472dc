import { Anchor, Group, SegmentedControl, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Link } from 'wouter';
import type { UsageView } from '../../../../contract/usage.ts';
import { answerOf, api } from '../../api/client.ts';
import { moneyOf } from '../../parts/money.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { bucketsOf, earliest, type Bucket, type Span } from './usage-buckets.ts';
import { UsageChart, type Measure } from './usage-chart.tsx';

/** What models took and cost, over time and against the budget. */
export function UsagePanel() {
  const [now] = useState(Date.now);
  const usage = useQuery({
    queryKey: ['usage', 'day'],
    queryFn: () => answerOf(api.usage.$get({ query: { by: 'day', since: String(earliest(now)) } })),
  });
  return (
    <Section title="Usage" text="What models took and cost. Days begin at midnight UTC, as budgets do.">
      <QueryView query={usage} what="usage" rows={2}>
        {(view) => <UsageView view={view} now={now} />}
      </QueryView>
    </Section>
  );
}

function UsageView({ view, now }: { readonly view: UsageView; readonly now: number }) {
  const [span, setSpan] = useState<Span>('day');
  const [measure, setMeasure] = useState<Measure>('cost');
  const buckets = useMemo(() => bucketsOf(view.sums, span, now), [view, span, now]);
  const limitMicros = view.today.find(({ kind }) => kind === 'tenant')?.limitMicros ?? null;
  const unknown = view.sums.reduce((sum, { unknownCalls }) => sum + unknownCalls, 0);
  if (view.sums.length === 0)
    return (
      <Text size="sm">
        No model was asked yet. What it takes and costs will be here.{' '}
        <Anchor component={Link} href="/chat" underline="always" inherit>
          Say something
        </Anchor>
      </Text>
    );
  const total = buckets.reduce((sum, { costMicros }) => sum + costMicros, 0);
  return (
    <>
      <Group>
        <SegmentedControl
          aria-label="Each bar is a"
          data={[
            { value: 'day', label: 'Days' },
            { value: 'week', label: 'Weeks' },
            { value: 'month', label: 'Months' },
          ]}
          value={span}
          onChange={setSpan}
        />
        <SegmentedControl
          aria-label="What is shown"
          data={[
            { value: 'cost', label: 'Cost' },
            { value: 'tokens', label: 'Tokens' },
          ]}
          value={measure}
          onChange={setMeasure}
        />
      </Group>
      <UsageChart
        buckets={buckets}
        measure={measure}
        limitMicros={limitMicros}
        label={`${measure} of the last ${buckets.length} ${span}s, ${moneyOf(total)} in all`}
      />
      <Text size="sm" c="dimmed">
        {moneyOf(total)} in the last {buckets.length} {span}s.{' '}
        {limitMicros === null ? 'There is no budget. ' : `The budget is ${moneyOf(limitMicros)} a day. `}
        {unknown > 0 && `Of ${unknown} calls the price is not known. `}
        <Anchor component={Link} href="/settings/budgets" underline="always" inherit>
          {limitMicros === null ? 'Set one' : 'Change it'}
        </Anchor>
      </Text>
      <AsTable buckets={buckets} />
    </>
  );
}

/** The same for those who cannot see the chart, or want the figures. */
function AsTable({ buckets }: { readonly buckets: readonly Bucket[] }) {
  return (
    <details className="usage-table">
      <summary>As a table</summary>
      <Table.ScrollContainer minWidth={320} tabIndex={0} role="group" aria-label="Usage as a table">
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              <Table.Th>Calls</Table.Th>
              <Table.Th>Tokens</Table.Th>
              <Table.Th>Cost</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {buckets.toReversed().map(({ at, calls, tokens, costMicros }) => (
              <Table.Tr key={at}>
                <Table.Td>{new Date(at).toISOString().slice(0, 10)}</Table.Td>
                <Table.Td>{calls}</Table.Td>
                <Table.Td>{tokens.toLocaleString()}</Table.Td>
                <Table.Td>{moneyOf(costMicros)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </details>
  );
}
