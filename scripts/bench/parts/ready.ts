import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { layKernel, startKernel, untilListed, type KernelPlaces } from '../contenders/kernel.ts';
import type { Plan } from '../plan.ts';
import type { PartResult } from '../report.ts';
import { inRounds } from '../rounds.ts';
import { Stage } from '../stage.ts';
import { median } from '../statistics.ts';

const pluginCounts = [1, 10, 50];
const toolsPerPlugin = 10;

interface Start {
  readonly readyMs: number;
  /** Until a first `tools/list`, sent at once, is answered with all tools. */
  readonly listedMs: number;
  readonly residentMb: number;
}

interface Kernel {
  readonly plugins: number;
  readonly places: KernelPlaces;
  readonly starts: Start[];
}

/** How long until a kernel answers and how much memory it keeps, as its tool lists are cached and no plugin runs. */
export async function benchReady(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const kernels: Kernel[] = [];
  for (const plugins of pluginCounts) {
    const echoes = Array.from({ length: plugins }, (_, index) => ({
      name: `p${index}`,
      tools: toolsPerPlugin,
    }));
    const places = layKernel(stage, `with-${plugins}`, echoes);
    await listOnce(stage, places, plugins * toolsPerPlugin);
    kernels.push({ plugins, places, starts: [] });
  }
  const bareMs: number[] = [];
  await inRounds([null, ...kernels], plan.kernelStarts, async (kernel) => {
    if (kernel === null) bareMs.push(await startBare(stage));
    else kernel.starts.push(await startOnce(stage, kernel, plan.settleMs));
  });

  const bare = median(bareMs);
  const figures = kernels.map(({ plugins, starts }) => ({
    plugins,
    readyMs: median(starts.map((start) => start.readyMs)),
    listedMs: median(starts.map((start) => start.listedMs)),
    residentMb: median(starts.map((start) => start.residentMb)),
  }));
  const most = figures.at(-1);
  return {
    tables: [
      {
        title: 'Kernel start, tool lists cached (medians)',
        columns: ['plugins', 'ready ms', '÷ node -e 0', 'tools listed ms', 'resident MB'],
        rows: [
          ['none: node -e 0', bare, 1, Number.NaN, Number.NaN],
          ...figures.map(({ plugins, readyMs, listedMs, residentMb }) => [
            String(plugins),
            readyMs,
            readyMs / bare,
            listedMs,
            residentMb,
          ]),
        ],
      },
    ],
    targets: [
      {
        name: 'ready with 50 manifests ÷ node -e 0',
        value: (most?.readyMs ?? Number.NaN) / bare,
        limit: 12,
        rule: 'at most',
      },
      {
        name: 'resident MB with 50 manifests',
        value: most?.residentMb ?? Number.NaN,
        limit: 130,
        rule: 'at most',
      },
    ],
    data: { bareMs, kernels: kernels.map(({ plugins, starts }) => ({ plugins, starts })) },
  };
}

/** A first run, in which every plugin is started to be listed; its end leaves the tool lists and the compile cache. */
async function listOnce(stage: Stage, places: KernelPlaces, tools: number): Promise<void> {
  const kernel = await startKernel(stage, places);
  await untilListed(kernel, tools, stage.signal);
  await kernel.actor.end();
}

async function startBare(stage: Stage): Promise<number> {
  const started = performance.now();
  const actor = stage.start(process.execPath, ['-e', '0'], { piped: true });
  await once(actor.child, 'exit', { signal: stage.signal });
  return performance.now() - started;
}

async function startOnce(stage: Stage, { places, plugins }: Kernel, settleMs: number): Promise<Start> {
  const kernel = await startKernel(stage, places);
  const { readyMs, startedMs, actor } = kernel;
  await untilListed(kernel, plugins * toolsPerPlugin, stage.signal);
  const listedMs = performance.now() - startedMs;
  await wait(settleMs, undefined, { signal: stage.signal });
  const residentMb = residentMbOf(actor.pid);
  const children = childrenOf(actor.pid);
  await actor.end();
  if (children > 0) throw new Error(`${children} processes were started although all tool lists are cached`);
  return { readyMs, listedMs, residentMb };
}

function residentMbOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kib) * 1_024) / 1e6;
}

function childrenOf(pid: number): number {
  const lists = readdirSync(`/proc/${pid}/task`).map((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim(),
  );
  return lists.filter((list) => list !== '').flatMap((list) => list.split(' ')).length;
}
