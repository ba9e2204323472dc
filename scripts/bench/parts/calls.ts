import { join } from 'node:path';
import { openWhenServing, type Contender } from '../contenders/contender.ts';
import { echoServer, layKernel, startKernel, startShim } from '../contenders/kernel.ts';
import { installPeers, startPeers, versionsOf } from '../contenders/peers.ts';
import { HttpCaller } from '../load/mcp-http.ts';
import { StdioCaller } from '../load/mcp-stdio.ts';
import { pressAll, pressedColumns, pressedRows, type Pressed } from '../load/press.ts';
import type { Plan } from '../plan.ts';
import type { PartResult, Table, Target } from '../report.ts';
import { Stage } from '../stage.ts';

const tool = 'echo';
const judged = ['nexus /mcp 2025-11-25', 'nexus /mcp 2026-07-28'];

/** Tool calls through Nexus beside a direct client and beside peers, all in front of the same server. */
export async function benchCalls(plan: Plan, cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  const modules = await installPeers(join(cacheDir, 'peers'), signal);
  await using stage = new Stage(signal);
  const contenders = [
    await startDirect(stage),
    ...(await startNexus(stage)),
    ...(await startPeers(stage, modules)),
  ];
  const pressed = await pressAll(contenders, plan, signal);
  for (const { caller } of contenders) caller.close();
  const title = 'Tool calls (medians of rounds; ledger on; the server behind Nexus is sandboxed)';
  return {
    tables: [{ title, columns: pressedColumns, rows: pressedRows(pressed) }, ratioTable(pressed)],
    targets: judged.flatMap((contender) => targetsOf(pressed, contender)),
    data: { peers: versionsOf(modules), pressed },
  };
}

async function startDirect(stage: Stage): Promise<Contender> {
  const actor = stage.start(process.execPath, [echoServer], { piped: true });
  const caller = new StdioCaller(actor.pipes(), tool);
  await caller.open();
  return { name: 'direct stdio', kind: 'direct', caller, pids: [] };
}

async function startNexus(stage: Stage): Promise<readonly Contender[]> {
  const places = layKernel(stage, 'nexus', [{ name: 'bench', tools: 1, prefix: '' }]);
  const { mcp: url, token, actor } = await startKernel(stage, places);
  const overHttp = async (era: 'legacy' | 'modern', version: string): Promise<Contender> => {
    const caller = await openWhenServing(() => new HttpCaller({ url, tool, era, token }), actor, stage);
    return { name: `nexus /mcp ${version}`, kind: 'nexus', caller, pids: [actor.pid] };
  };
  const http = [await overHttp('legacy', '2025-11-25'), await overHttp('modern', '2026-07-28')];
  const shim = startShim(stage, places);
  const stdio = new StdioCaller(shim.pipes(), tool);
  await stdio.open();
  return [...http, { name: 'nexus mcp (stdio)', kind: 'nexus', caller: stdio, pids: [actor.pid, shim.pid] }];
}

/** The ratios to every single peer: peers differ in what they serve, and the best of them need not be alike. */
function ratioTable(pressed: readonly Pressed[]): Table {
  const rows = peersAt(pressed, 1).map((peer) => {
    const busyPeer = at(pressed, peer.contender, 64);
    return [
      peer.contender,
      ...judged.map((name) => ratio(at(pressed, name, 1)?.median.p50Ms, peer.median.p50Ms)),
      ...judged.map((name) => ratio(at(pressed, name, 64)?.median.callsPerS, busyPeer?.median.callsPerS)),
    ];
  });
  const columns = ['', 'p50 at 1 in flight, 2025', '… 2026', 'calls/s at 64 in flight, 2025', '… 2026'];
  return { title: 'Nexus ÷ each peer', columns, rows };
}

function at(pressed: readonly Pressed[], contender: string, inFlight: number): Pressed | undefined {
  return pressed.find((item) => item.contender === contender && item.inFlight === inFlight);
}

/** The two ratios to the best peer; which peer is best is asked for each of them anew. */
function targetsOf(pressed: readonly Pressed[], contender: string): readonly Target[] {
  const fastest = peersAt(pressed, 1).toSorted((a, b) => a.median.p50Ms - b.median.p50Ms)[0];
  const busiest = peersAt(pressed, 64).toSorted((a, b) => b.median.callsPerS - a.median.callsPerS)[0];
  return [
    {
      name: `${contender}: p50 at 1 in flight ÷ best peer (${fastest?.contender ?? 'none'})`,
      value: ratio(at(pressed, contender, 1)?.median.p50Ms, fastest?.median.p50Ms),
      limit: 0.6,
      rule: 'at most',
    },
    {
      name: `${contender}: calls/s at 64 in flight ÷ best peer (${busiest?.contender ?? 'none'})`,
      value: ratio(at(pressed, contender, 64)?.median.callsPerS, busiest?.median.callsPerS),
      limit: 3,
      rule: 'at least',
    },
  ];
}

function peersAt(pressed: readonly Pressed[], inFlight: number): readonly Pressed[] {
  return pressed.filter((item) => item.kind === 'peer' && item.inFlight === inFlight);
}

/** NaN when one of the two was not measured. */
function ratio(value = Number.NaN, base = Number.NaN): number {
  return value / base;
}
