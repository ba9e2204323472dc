// `npm run bench`: how fast this is beside its peers, and what it costs. JSON goes to bench-results/, tables to stdout.
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPlan, type PartName, type Plan } from './plan.ts';
import { formatTable, targetTable, verdictOf, type PartResult } from './report.ts';

type Part = (plan: Plan, cacheDir: string, signal: AbortSignal) => Promise<PartResult>;

const resultsDir = fileURLToPath(new URL('../../bench-results', import.meta.url));
/** Each is loaded when its turn comes: what one part needs of the kernel should not slow the client of another. */
const parts: Readonly<Record<PartName, () => Promise<Part>>> = {
  calls: async () => (await import('./parts/calls.ts')).benchCalls,
  ready: async () => (await import('./parts/ready.ts')).benchReady,
  start: async () => (await import('./parts/start.ts')).benchStart,
  ledger: async () => (await import('./parts/ledger.ts')).benchLedger,
  swap: async () => (await import('./parts/swap.ts')).benchSwap,
  agent: async () => (await import('./parts/agent.ts')).benchAgent,
  console: async () => (await import('./parts/console.ts')).benchConsole,
  growth: async () => (await import('./parts/growth.ts')).benchGrowth,
};

/** The part's result, or null after saying why there is none. */
async function runPart(name: PartName, plan: Plan, signal: AbortSignal): Promise<PartResult | null> {
  process.stderr.write(`bench: ${name} …\n`);
  try {
    const part = await parts[name]();
    return await part(plan, resultsDir, signal);
  } catch (error) {
    if (!signal.aborted) process.stderr.write(`bench: ${name} failed: ${describe(error)}\n`);
    return null;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${error.message}\n  ${describe(error.cause)}`;
}

const plan = readPlan(process.argv.slice(2));
if (plan === null) process.exit(2);
const stopped = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => stopped.abort(new Error(`ended by ${name}`)));
const loadBefore = loadavg();
const startedAt = new Date();
const results: Partial<Record<PartName, PartResult>> = {};
for (const name of plan.only) {
  if (stopped.signal.aborted) break;
  const result = await runPart(name, plan, stopped.signal);
  if (result === null) continue;
  results[name] = result;
  for (const table of result.tables) process.stdout.write(`\n${formatTable(table)}\n`);
}
if (stopped.signal.aborted) process.exit(130);
const loadAfter = loadavg();
const targets = plan.only.flatMap((name) => results[name]?.targets ?? []);
if (targets.length > 0) process.stdout.write(`\n${formatTable(targetTable(targets))}\n`);
const shown = (load: readonly number[]): string => load.map((value) => value.toFixed(2)).join(' ');
process.stdout.write(
  `\nLoad of the machine (1, 5, 15 min): before ${shown(loadBefore)}, after ${shown(loadAfter)}\n`,
);

const file = join(resultsDir, `${startedAt.toISOString().replaceAll(/[:.]/g, '-')}.json`);
const machine = {
  platform: `${platform()} ${release()} ${arch()}`,
  processors: cpus().map(({ model }) => model),
  memoryBytes: totalmem(),
  node: process.version,
};
const judged = targets.map((target) => ({ ...target, verdict: verdictOf(target) }));
const report = { startedAt, plan, machine, loadBefore, loadAfter, targets: judged, results };
mkdirSync(resultsDir, { recursive: true });
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
process.stdout.write(`${file}\n`);
process.exitCode = plan.only.every((name) => results[name] !== undefined) ? 0 : 1;
