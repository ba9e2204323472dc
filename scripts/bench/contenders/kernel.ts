import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { envelope, modernVersion } from '../load/tool-caller.ts';
import { firstLine, type Actor, type Stage } from '../stage.ts';

export const nexus = fileURLToPath(import.meta.resolve('../../../bin/nexus'));
export const echoServer = fileURLToPath(import.meta.resolve('../echo-server.mjs'));
/** What `npm start` and the first line of bin/nexus give Node, which users therefore have. */
const nodeOptions = ['--max-semi-space-size=4'];
const startMs = 60_000;
const listedMs = 120_000;

const readySchema = z.object({ url: z.string(), mcp: z.string(), token: z.string() });

/** The folders of one kernel. */
export interface KernelPlaces {
  readonly data: string;
  readonly manifests: string;
  /** The arguments that make `nexus` use them. */
  readonly args: readonly string[];
}

export interface RunningKernel {
  readonly url: string;
  readonly mcp: string;
  readonly token: string;
  readonly actor: Actor;
  /** When its process was started, by `performance.now()`. */
  readonly startedMs: number;
  /** From then to its first line. */
  readonly readyMs: number;
}

export interface EchoPlugin {
  readonly name: string;
  readonly tools: number;
  readonly prefix?: string;
}

/** Folders of a kernel named `name`, with a manifest and a copy of the echo server for each plugin. */
export function layKernel(stage: Stage, name: string, plugins: readonly EchoPlugin[]): KernelPlaces {
  const folder = (part: string): string => stage.makeFolder(name, part);
  const manifests = folder('manifests');
  for (const { name: plugin, tools, prefix } of plugins) {
    const copy = join(stage.makeFolder(name, 'servers', plugin), 'echo-server.mjs');
    copyFileSync(echoServer, copy);
    const source = { command: 'node', args: [copy, '--tools', String(tools)] };
    const manifest = { source, ...(prefix === undefined ? {} : { prefix }) };
    writeFileSync(join(manifests, `${plugin}.json`), JSON.stringify(manifest));
  }
  const args = ['--data', folder('data'), '--manifests', manifests, '--plugins', folder('plugins')];
  return { data: folder('data'), manifests, args: [...args, '--workspace', folder('workspace')] };
}

/** Starts `nexus start`, of the `program` given, over the folders and waits for its first line. */
export async function startKernel(
  stage: Stage,
  places: KernelPlaces,
  program = nexus,
): Promise<RunningKernel> {
  const startedMs = performance.now();
  const actor = stage.start(
    process.execPath,
    [...nodeOptions, program, 'start', '--json', '--port', '0', ...places.args],
    { piped: true },
  );
  const line = await firstLine(actor, startMs, stage.signal);
  const readyMs = performance.now() - startedMs;
  return { ...readySchema.parse(JSON.parse(line)), actor, startedMs, readyMs };
}

/** Starts `nexus mcp` as a client of the kernel that runs over the folders. */
export function startShim(stage: Stage, places: KernelPlaces): Actor {
  return stage.start(process.execPath, [nexus, 'mcp', ...places.args], { piped: true });
}

/** Settles when the kernel lists so many tools; it waits itself for plugins that are not listed yet. */
export async function untilListed(kernel: RunningKernel, tools: number, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + listedMs;
  for (;;) {
    const listed = await countTools(kernel, signal);
    if (listed >= tools) return;
    if (performance.now() > giveUpAt) throw new Error(`only ${listed} of ${tools} tools were listed`);
    await wait(200, undefined, { signal });
  }
}

const listSchema = z.object({ result: z.object({ tools: z.array(z.unknown()) }) });

/** How many tools `tools/list` shows now. */
export async function countTools({ mcp, token }: RunningKernel, signal: AbortSignal): Promise<number> {
  const method = 'tools/list';
  const headers = {
    authorization: `Bearer ${token}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'mcp-protocol-version': modernVersion,
    'mcp-method': method,
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: envelope } });
  const answer = await fetch(mcp, { method: 'POST', headers, body, signal });
  return listSchema.parse(await answer.json()).result.tools.length;
}
