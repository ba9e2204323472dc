import { fileURLToPath } from 'node:url';
import { openWhenServing, type Contender } from '../contenders/contender.ts';
import { layKernel, nexus, startKernel } from '../contenders/kernel.ts';
import { HttpCaller } from '../load/mcp-http.ts';
import { pressAll, pressedColumns, pressedRows } from '../load/press.ts';
import type { Plan } from '../plan.ts';
import type { PartResult } from '../report.ts';
import { Stage } from '../stage.ts';

const withoutLedger = fileURLToPath(import.meta.resolve('../ledger-off.ts'));

/** What recording every run costs: `/mcp` of two kernels that differ in nothing but their ledger. */
export async function benchLedger(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const contenders = [await startWith(stage, 'on'), await startWith(stage, 'off')];
  const pressed = await pressAll(contenders, plan, signal);
  for (const { caller } of contenders) caller.close();
  const title = 'What the ledger costs, through /mcp 2026-07-28';
  return {
    tables: [{ title, columns: pressedColumns, rows: pressedRows(pressed) }],
    targets: [],
    data: pressed,
  };
}

async function startWith(stage: Stage, ledger: 'on' | 'off'): Promise<Contender> {
  const places = layKernel(stage, `ledger-${ledger}`, [{ name: 'bench', tools: 1, prefix: '' }]);
  const program = ledger === 'on' ? nexus : withoutLedger;
  const { mcp: url, token, actor } = await startKernel(stage, places, program);
  const makeCaller = (): HttpCaller => new HttpCaller({ url, token, tool: 'echo', era: 'modern' });
  const caller = await openWhenServing(makeCaller, actor, stage);
  return { name: `ledger ${ledger}`, kind: 'nexus', caller, pids: [actor.pid] };
}
