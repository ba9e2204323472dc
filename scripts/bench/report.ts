import { stripVTControlCharacters } from 'node:util';

type Cell = string | number;

/** Figures as people read them. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What a figure must not exceed, or must reach. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly rule: 'at most' | 'at least';
}

/** What one part of the bench found. */
export interface PartResult {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** Every single measurement. */
  readonly data: unknown;
}

export type Verdict = 'met' | 'missed' | 'not measured';

/** Judges the figure as measured, never as printed. */
export function verdictOf({ value, limit, rule }: Target): Verdict {
  if (Number.isNaN(value)) return 'not measured';
  return (rule === 'at most' ? value <= limit : value >= limit) ? 'met' : 'missed';
}

/** A table as text: words to the left, numbers to the right. */
export function formatTable({ title, columns, rows }: Table): string {
  const lines = [columns, ...rows.map((row) => row.map(formatCell))];
  const widths = columns.map((_, column) =>
    Math.max(...lines.map((line) => stripVTControlCharacters(line[column] ?? '').length)),
  );
  const isNumeric = columns.map((_, column) =>
    rows.every((row) => column > 0 && typeof row[column] === 'number'),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [title, ...text].join('\n');
}

/** The targets with their verdicts, as a table. */
export function targetTable(targets: readonly Target[]): Table {
  const rows = targets.map((target) => [
    target.name,
    target.value,
    `${target.rule} ${target.limit}`,
    verdictOf(target),
  ]);
  return { title: 'Targets', columns: ['target', 'measured', 'wanted', 'verdict'], rows };
}

function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (Number.isNaN(cell)) return '–';
  const size = Math.abs(cell);
  return cell.toFixed(Number.isInteger(cell) || size >= 1_000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
}
