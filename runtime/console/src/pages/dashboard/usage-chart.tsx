import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { moneyOf } from '../../parts/money.ts';
import { readerLocale } from '../../parts/reader-locale.ts';
import type { Bucket } from './usage-buckets.ts';

export type Measure = 'cost' | 'tokens';

interface UsageChartProps {
  readonly buckets: readonly Bucket[];
  readonly measure: Measure;
  /** Of one day; null: nothing is limited. */
  readonly limitMicros: number | null;
  /** What is seen, in words. */
  readonly label: string;
}

const heightPx = 240;
const compact = new Intl.NumberFormat(readerLocale, { notation: 'compact' });
const dayName = new Intl.DateTimeFormat(readerLocale, { month: 'short', day: 'numeric', timeZone: 'UTC' });
/** What the axis reaches at least, so that each of its lines has another label: ten cents in millionths, ten tokens. */
const leastTop: Readonly<Record<Measure, number>> = { cost: 100_000, tokens: 10 };

/** Bars over time; with a line for the budget where one is set. */
export function UsageChart(props: UsageChartProps) {
  // What is painted keeps its colours: other ones are another painting.
  return <Painting key={useComputedColorScheme()} {...props} />;
}

function Painting({ buckets, measure, limitMicros, label }: UsageChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const limit = measure === 'cost' ? limitMicros : null;
    const data: UPlot.AlignedData = [
      buckets.map(({ at }) => at / 1_000),
      // Nothing is no bar, not one without height.
      buckets.map(({ costMicros, tokens }) => (measure === 'cost' ? costMicros : tokens) || null),
      ...(limit === null ? [] : [buckets.map(({ days }) => days * limit)]),
    ];
    const plot = new UPlot(optionsOf(element, measure, limit !== null), data, element);
    const sizes = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      plot.destroy();
    };
  }, [buckets, measure, limitMicros]);
  return <div ref={box} role="img" aria-label={label} className="usage-chart" />;
}

function optionsOf(element: HTMLElement, measure: Measure, hasLimit: boolean): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const words = (value: number): string => (measure === 'cost' ? moneyOf(value) : compact.format(value));
  // Beside the bars the latest is told.
  const told = (plot: UPlot, value: number | null, series: number, index: number | null): string =>
    words((index === null ? plot.data[series]?.at(-1) : value) ?? 0);
  const axis: UPlot.Axis = {
    stroke: colour('--mantine-color-dimmed'),
    grid: { stroke: colour('--nexus-border'), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  const accent = colour('--mantine-color-accent-5');
  const warn = colour('--nexus-warn');
  return {
    width: element.clientWidth,
    height: heightPx,
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(most, leastTop[measure]) * 1.1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        space: 64,
        values: (_plot, all) => all.map((seconds) => dayName.format(seconds * 1_000)),
      },
      { ...axis, size: 76, values: (_plot, all) => all.map(words) },
    ],
    series: [
      {
        label: 'From',
        value: (plot, seconds, _series, index) =>
          dayName.format(((index === null ? plot.data[0].at(-1) : seconds) ?? 0) * 1_000),
      },
      {
        label: measure === 'cost' ? 'Cost' : 'Tokens',
        stroke: accent,
        fill: accent,
        ...(UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.7, 48] }) }),
        points: { show: false },
        value: told,
      },
      ...(hasLimit
        ? [
            {
              label: 'Budget',
              stroke: warn,
              dash: [6, 4],
              width: 2,
              points: { show: false },
              value: told,
            },
          ]
        : []),
    ],
  };
}
