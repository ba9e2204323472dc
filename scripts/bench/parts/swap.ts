import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openWhenServing } from '../contenders/contender.ts';
import { countTools, echoServer, layKernel, startKernel, type RunningKernel } from '../contenders/kernel.ts';
import { HttpCaller } from '../load/mcp-http.ts';
import type { ToolCaller } from '../load/tool-caller.ts';
import type { Plan } from '../plan.ts';
import type { PartResult } from '../report.ts';
import { Stage } from '../stage.ts';
import { median, quantile } from '../statistics.ts';

const givenUpMs = 10_000;
const betweenCallsMs = 5;
const betweenLooksMs = 10;
/** From the beginning of one change to that of the next, or until it is seen where that takes longer. */
const betweenChangesMs = 500;

/** A change of the plugin after which it offers so many tools. */
type Change = (tools: number) => Promise<void> | void;

/**
 * How long until a change of a plugin shows in `tools/list`, and what the calls of another plugin notice of it. The
 * changed plugin offers another number of tools after each change, which is how it is seen.
 */
export async function benchSwap(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const places = layKernel(stage, 'swap', [
    { name: 'changed', tools: 1 },
    { name: 'other', tools: 1 },
  ]);
  const kernel = await startKernel(stage, places);
  const target = { url: kernel.mcp, token: kernel.token, era: 'modern' as const, tool: 'other__echo' };
  const other = await openWhenServing(() => new HttpCaller(target), kernel.actor, stage);
  const changes = changesOf(kernel, places.manifests, join(stage.folder, 'swap', 'servers', 'changed'));
  const quiet = await callsDuring(other, () => wait(plan.swaps * betweenChangesMs, undefined, { signal }));
  const rows = [];
  const seen: {
    readonly kind: string;
    readonly ms: readonly number[];
    readonly others: readonly number[];
  }[] = [];
  for (const [kind, change] of Object.entries(changes)) {
    const ms: number[] = [];
    const others = await callsDuring(other, async () => {
      for (let swap = 0; swap < plan.swaps; swap++) {
        const rest = wait(betweenChangesMs, undefined, { signal });
        ms.push(
          await visibleMs(kernel, change, kind === 'enable, disable' ? swap % 2 : 2 + (swap % 2), signal),
        );
        await rest;
      }
    });
    seen.push({ kind, ms, others });
    rows.push([kind, median(ms), quantile(ms, 0.95), quantile(others, 0.5), quantile(others, 0.95)]);
  }
  other.close();
  return {
    tables: [
      {
        title: 'Changes of a plugin, two a second, while another one is called 200 times a second',
        columns: ['change', 'seen after ms', 'p95', "other's p50 ms", 'p95'],
        rows: [['none', Number.NaN, Number.NaN, quantile(quiet, 0.5), quantile(quiet, 0.95)], ...rows],
      },
    ],
    targets: seen.flatMap(({ kind, ms, others }) => [
      {
        name: `${kind}: seen after, p95 in ms`,
        value: quantile(ms, 0.95),
        limit: 1_000,
        rule: 'at most' as const,
      },
      {
        name: `${kind}: p95 of the other plugin ÷ without changes`,
        value: quantile(others, 0.95) / quantile(quiet, 0.95),
        limit: 1.2,
        rule: 'at most' as const,
      },
    ]),
    data: { quiet, seen },
  };
}

function changesOf(
  kernel: RunningKernel,
  manifests: string,
  server: string,
): Readonly<Record<string, Change>> {
  const manifest = join(manifests, 'changed.json');
  const file = join(server, 'echo-server.mjs');
  const original = readFileSync(echoServer, 'utf8');
  let listed = 1;
  const writeManifest = (tools: number): void => {
    listed = tools;
    const source = { command: 'node', args: [file, '--tools', '${settings.tools}'] };
    const settings = { tools: { type: 'number', title: 'Tools', default: tools } };
    write(manifest, JSON.stringify({ source, settings }));
  };
  const send = async (method: string, path: string, body = {}): Promise<void> => {
    const headers = { authorization: `Bearer ${kernel.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${kernel.url}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  };
  return {
    code: (tools) => write(file, original.replace('process.argv[3] ?? 1', String(tools))),
    manifest: (tools) => {
      if (listed === 1) write(file, original);
      writeManifest(tools);
    },
    'enable, disable': async (tools) => {
      if (listed !== 1) writeManifest(1);
      await send('POST', `/api/plugins/changed/${tools === 0 ? 'disable' : 'enable'}`);
    },
    settings: async (tools) => await send('PUT', '/api/settings/plugin.changed.tools', { value: tools }),
  };
}

/** As editors save: beside it, then over it. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.draft`, text);
  renameSync(`${file}.draft`, file);
}

async function visibleMs(
  kernel: RunningKernel,
  change: Change,
  tools: number,
  signal: AbortSignal,
): Promise<number> {
  const startedMs = performance.now();
  await change(tools);
  for (;;) {
    // One more: that of the other plugin.
    if ((await countTools(kernel, signal)) === tools + 1) return performance.now() - startedMs;
    if (performance.now() - startedMs > givenUpMs)
      throw new Error(
        `a change to ${tools} tools was never seen` +
          (await (
            await fetch(`${kernel.url}/api/plugins/changed`, {
              headers: { authorization: `Bearer ${kernel.token}` },
            })
          ).text()),
      );
    await wait(betweenLooksMs, undefined, { signal });
  }
}

/** Times of calls made 200 times a second, as far as they are answered that fast, while `act` goes on. */
async function callsDuring(caller: ToolCaller, act: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  let isOver = false;
  const calling = (async () => {
    while (!isOver) {
      const sentMs = performance.now();
      await caller.call(`call ${times.length}`);
      times.push(performance.now() - sentMs);
      await wait(betweenCallsMs);
    }
  })();
  try {
    await act();
  } finally {
    isOver = true;
    await calling;
  }
  return times;
}
