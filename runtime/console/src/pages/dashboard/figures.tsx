import { Paper, Progress, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Overview } from '../../../../contract/overview.ts';
import { moneyOf } from '../../parts/money.ts';
import { sizeOf } from '../../parts/size.ts';

/** How the kernel is, in one figure each. */
export function Figures({ overview }: { readonly overview: Overview }) {
  const { models, plugins, isolation, queue, disk, memory, today } = overview;
  const { active = 0, configured = 0 } = plugins.states;
  const own = memory.kernelBytes + memory.pluginBytes;
  return (
    <SimpleGrid
      component="ul"
      cols={{ base: 1, xs: 2, md: 3 }}
      spacing="sm"
      p={0}
      m={0}
      className="dashboard-figures"
    >
      <Figure title="Model" value={models.default ?? 'None chosen'} href="/models">
        {countOf(models.known, 'model')} to choose from
      </Figure>
      <Figure title="Plugins" value={`${active + configured} of ${plugins.total} ready`} href="/plugins">
        {countOf(plugins.tools, 'tool')}, isolation: {isolation.tier}
      </Figure>
      <Figure title="Waits for you" value={countOf(queue.approvals, 'approval')} href="/approvals">
        {countOf(queue.turns, 'answer')} and {countOf(queue.runs, 'call')} under way
      </Figure>
      <Figure
        title="Spent today"
        value={moneyOf(today.costMicros)}
        href="/settings/budgets"
        {...(today.limitMicros !== null && { share: share(today.costMicros, today.limitMicros) })}
      >
        {countOf(today.modelCalls, 'call')}
        {today.limitMicros !== null && `, of a budget of ${moneyOf(today.limitMicros)}`}
      </Figure>
      <Figure
        title="Memory"
        value={sizeOf(own)}
        href="/system"
        share={share(memory.totalBytes - memory.freeBytes, memory.totalBytes)}
      >
        Plugins {sizeOf(memory.pluginBytes)}; the machine has {sizeOf(memory.freeBytes)} free
      </Figure>
      <Figure
        title="Disk"
        value={`${sizeOf(disk.freeBytes)} free`}
        href="/system"
        share={share(disk.totalBytes - disk.freeBytes, disk.totalBytes)}
      >
        of {sizeOf(disk.totalBytes)}
      </Figure>
    </SimpleGrid>
  );
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** In percent. */
function share(part: number, whole: number): number {
  return whole <= 0 ? 100 : Math.min(100, Math.round((100 * part) / whole));
}

interface FigureProps {
  readonly title: string;
  readonly value: string;
  /** Where more of it is. */
  readonly href: string;
  /** How much of it is used, in percent. */
  readonly share?: number;
  readonly children: ReactNode;
}

function Figure({ title, value, href, share: used, children }: FigureProps) {
  return (
    <Paper component="li" withBorder radius="lg" p="md" className="dashboard-figure">
      <Text size="sm" c="dimmed">
        <Link href={href} className="dashboard-figure-link">
          {title}
        </Link>
      </Text>
      <Text fw={650} fz="lg" className="dashboard-figure-value">
        {value}
      </Text>
      <Text size="sm" c="dimmed">
        {children}
      </Text>
      {used !== undefined && (
        <Progress
          value={used}
          size="xs"
          mt="xs"
          aria-label={`${title}: ${used} % used`}
          {...(used >= 90 && { color: 'red' })}
        />
      )}
    </Paper>
  );
}
