import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type CallToolResult } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { build } from 'esbuild';
import type { Test } from 'tap';
import { z } from 'zod';

const dataSchema = z.record(z.string(), z.unknown());
const nextSchema = z.record(z.string(), z.number()).optional();

/** A workspace and, beside it, a folder that nothing may reach. */
export interface Folders {
  readonly base: string;
  readonly workspace: string;
  readonly outside: string;
}

/** Makes the folders of one test, removed when it ends. */
export function makeFolders(test: Test, parent = tmpdir()): Folders {
  const base = realpathSync(mkdtempSync(join(parent, 'nexus-filesystem-')));
  test.teardown(() => rmSync(base, { recursive: true, force: true }));
  const folders = { base, workspace: join(base, 'workspace'), outside: join(base, 'outside') };
  mkdirSync(folders.workspace);
  mkdirSync(folders.outside);
  return folders;
}

/** Bundles the plugin into one minified file, the way the kernel runs it. */
export async function bundlePlugin(folder: string): Promise<string> {
  const outfile = join(folder, 'filesystem.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../../plugins/filesystem/src/main.ts', import.meta.url))],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    outfile,
    logLevel: 'warning',
  });
  return outfile;
}

export interface PluginOptions {
  /** Runs another program in place of Node; it gets the path of the bundle. */
  readonly command?: (bundle: string) => readonly string[];
  readonly era?: 'legacy' | 'auto';
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

/** Command that runs the plugin so that permission bits hold for it: root loses its capabilities. */
export function withoutPrivileges(bundle: string): readonly string[] {
  if (process.getuid?.() !== 0) return [process.execPath, bundle];
  return ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--', process.execPath, bundle];
}

/** A running plugin and a client connected to it. */
export interface Plugin {
  readonly client: Client;
  readonly pid: number;
  /** Calls a tool; fails the test's promise when the answer is an error. */
  call(tool: string, args: Record<string, unknown>): Promise<Answer>;
  /** Calls a tool that must answer with an error, and gives its text. */
  refusal(tool: string, args: Record<string, unknown>): Promise<string>;
}

/** What a tool answered: its structured part, and its text blocks joined. */
export interface Answer {
  readonly data: Record<string, unknown>;
  /** Arguments that continue a read, if there is more. */
  readonly next: Record<string, number> | undefined;
  readonly text: string;
  readonly raw: CallToolResult;
}

/** Starts the bundled plugin on a workspace as a child process; stopped when the test ends. */
export async function startPlugin(
  test: Test,
  folders: Folders,
  options: PluginOptions = {},
): Promise<Plugin> {
  const bundle = await bundlePlugin(folders.base);
  const [command = '', ...args] = options.command?.(bundle) ?? [process.execPath, bundle];
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: options.era ?? 'legacy' } },
  );
  const transport = new StdioClientTransport({
    command,
    args,
    env: options.env ?? { NEXUS_WORKSPACE: folders.workspace },
    cwd: options.cwd ?? folders.base,
    maxBufferSize: 33_554_432,
  });
  test.teardown(async () => await client.close());
  await client.connect(transport);
  const run = async (name: string, argumentsOf: Record<string, unknown>): Promise<CallToolResult> =>
    await client.callTool({ name, arguments: argumentsOf });
  return {
    client,
    pid: transport.pid ?? 0,
    async call(tool, input) {
      const raw = await run(tool, input);
      if (raw.isError === true) throw new Error(`${tool} failed: ${textOf(raw)}`);
      const data = dataSchema.parse(raw.structuredContent);
      return { data, next: nextSchema.parse(data['next']), text: textOf(raw), raw };
    },
    async refusal(tool, input) {
      const raw = await run(tool, input);
      if (raw.isError !== true) throw new Error(`${tool} did not fail: ${textOf(raw)}`);
      return textOf(raw);
    },
  };
}

function textOf(result: CallToolResult): string {
  return result.content.map((block) => (block.type === 'text' ? block.text : `<${block.type}>`)).join('\n');
}
