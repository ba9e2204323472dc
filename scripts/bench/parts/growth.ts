import { systemClock } from '../../../runtime/base/clock.ts';
import { createIds } from '../../../runtime/base/ids.ts';
import { operatorScope } from '../../../runtime/contract/scope.ts';
import { openStore } from '../../../runtime/store/open.ts';
import { openWhenServing, type Contender } from '../contenders/contender.ts';
import { layKernel, startKernel, untilListed, type EchoPlugin } from '../contenders/kernel.ts';
import { HttpCaller } from '../load/mcp-http.ts';
import { pressAll, pressedColumns, pressedRows, type Pressed } from '../load/press.ts';
import type { Plan } from '../plan.ts';
import type { PartResult, Target } from '../report.ts';
import { Stage } from '../stage.ts';

const pluginCount = 10;
const toolCounts = [10, 100, 1_000];
const batchRuns = 1_000;

interface Grown {
  readonly contender: Contender;
  readonly readyMs: number;
}

/** Whether a call gets slower with the number of tools and of recorded runs. */
export async function benchGrowth(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const grown: Grown[] = [];
  for (const tools of toolCounts) grown.push(await startGrown(stage, { tools, runs: 0 }, plan));
  const full = await startGrown(stage, { tools: 10, runs: plan.recordedRuns }, plan);
  grown.push(full);
  const contenders = grown.map(({ contender }) => contender);
  const pressed = await pressAll(contenders, plan, signal);
  for (const { caller } of contenders) caller.close();
  const title = 'Growth, through /mcp 2026-07-28';
  const [small, , large] = contenders;
  return {
    tables: [
      { title, columns: pressedColumns, rows: pressedRows(pressed) },
      {
        title: 'Kernel start after growth (one start)',
        columns: ['', 'ready ms'],
        rows: grown.map(({ contender, readyMs }) => [contender.name, readyMs]),
      },
    ],
    targets: [
      ...movement(pressed, '10 → 1,000 tools', small, large),
      ...movement(pressed, `0 → ${full.contender.name}`, small, full.contender),
    ],
    data: { pressed, readyMs: grown.map(({ contender, readyMs }) => ({ name: contender.name, readyMs })) },
  };
}

function movement(
  pressed: readonly Pressed[],
  name: string,
  before: Contender | undefined,
  after: Contender | undefined,
): readonly Target[] {
  const p50 = (contender: Contender | undefined, inFlight: number): number =>
    pressed.find((item) => item.contender === contender?.name && item.inFlight === inFlight)?.median.p50Ms ??
    Number.NaN;
  const loads = [...new Set(pressed.map(({ inFlight }) => inFlight))];
  return loads.map((inFlight) => ({
    name: `${name}: p50 at ${inFlight} in flight, after ÷ before`,
    value: p50(after, inFlight) / p50(before, inFlight),
    limit: 1.2,
    rule: 'at most' as const,
  }));
}

/** A kernel over ten plugins that have so many tools together, with so many runs on record. */
async function startGrown(
  stage: Stage,
  { tools, runs }: { readonly tools: number; readonly runs: number },
  plan: Plan,
): Promise<Grown> {
  const plugins: EchoPlugin[] = Array.from({ length: pluginCount }, (_, index) => ({
    name: `p${index}`,
    tools: tools / pluginCount,
  }));
  const places = layKernel(stage, `grown-${tools}-${runs}`, plugins);
  const recorded = await fillLedger(places.data, runs, plan.fillMs, stage.signal);
  const first = await startKernel(stage, places);
  await untilListed(first, tools, stage.signal);
  await first.actor.end();
  const { mcp: url, token, actor, readyMs } = await startKernel(stage, places);
  const makeCaller = (): HttpCaller => new HttpCaller({ url, token, tool: 'p0__echo', era: 'modern' });
  const caller = await openWhenServing(makeCaller, actor, stage);
  const name =
    runs === 0 ? `${tools.toLocaleString('en')} tools` : `${recorded.toLocaleString('en')} recorded runs`;
  return { contender: { name, kind: 'nexus', caller, pids: [actor.pid] }, readyMs };
}

/** Records runs through the store, as a kernel would, for at most `limitMs`. Answers how many it came to. */
async function fillLedger(
  dataDir: string,
  runs: number,
  limitMs: number,
  signal: AbortSignal,
): Promise<number> {
  if (runs === 0) return 0;
  await using store = await openStore({ dataDir, clock: systemClock });
  const { ledger } = store;
  const newId = createIds(systemClock, store.aboveAllRuns);
  const scope = operatorScope('bench');
  const deadline = performance.now() + limitMs;
  let recorded = 0;
  const recordOne = async (index: number): Promise<void> => {
    const id = newId();
    const tool = `echo_${index % 7}`;
    const about = { plugin: `p${index % pluginCount}`, tool, effect: 'read', source: 'http' } as const;
    await ledger.begin(scope, { id, ...about, client: 'bench', args: { text: `call ${index}` } });
    const isFailed = index % 50 === 0;
    await ledger.finish(scope, id, {
      state: isFailed ? 'FAILED' : 'SUCCEEDED',
      error: isFailed ? 'no such file' : null,
      result: { content: [{ type: 'text', text: `call ${index}` }] },
    });
  };
  while (recorded < runs && performance.now() < deadline) {
    signal.throwIfAborted();
    const first = recorded;
    const size = Math.min(batchRuns, runs - recorded);
    await Promise.all(Array.from({ length: size }, (_, index) => recordOne(first + index)));
    recorded += size;
  }
  return recorded;
}
