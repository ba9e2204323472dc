import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type CallToolResult } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Test } from 'tap';
import { z } from 'zod';
import { Bundler } from '../../../runtime/host/discover/bundle/bundler.ts';

export const PLUGIN_ROOT = fileURLToPath(new URL('../../../plugins/code', import.meta.url));

const outputSchema = z.strictObject({
  result: z.unknown(),
  console: z.array(z.strictObject({ level: z.string(), text: z.string() })),
  consoleCut: z.boolean(),
});

/** What a script may be given besides its source. */
export interface RunOptions {
  readonly input?: unknown;
  readonly timeoutMs?: number;
  readonly cpuMs?: number;
  readonly memoryMb?: number;
  readonly signal?: AbortSignal;
}

/** The plugin as its own process, bundled as the kernel does it, and a client connected to it. */
export interface CodePlugin {
  readonly client: Client;
  readonly pid: number;
  /** What a script returned; rejects with the words of the error. */
  result(source: string, options?: RunOptions): Promise<unknown>;
  /** All that came of it. */
  run(source: string, options?: RunOptions): Promise<z.infer<typeof outputSchema>>;
  /** The words of the error a script must end with. */
  refusal(source: string, options?: RunOptions): Promise<string>;
}

function textOf({ content }: CallToolResult): string {
  return content.map((block) => (block.type === 'text' ? block.text : `<${block.type}>`)).join('\n');
}

/** Starts the bundled plugin without a sandbox around it; it ends with the test. */
export async function startCode(test: Test, era: 'legacy' | 'auto' = 'auto'): Promise<CodePlugin> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-code-')));
  test.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const { file } = await new Bundler(dir).get(PLUGIN_ROOT, join(PLUGIN_ROOT, 'src', 'main.ts'));
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: era } });
  const transport = new StdioClientTransport({ command: process.execPath, args: [file], env: {}, cwd: dir });
  test.teardown(async () => await client.close());
  await client.connect(transport);
  const call = async (source: string, { signal, ...options }: RunOptions = {}): Promise<CallToolResult> =>
    await client.callTool(
      { name: 'run_javascript', arguments: { source, ...options } },
      { timeout: 120_000, ...(signal === undefined ? {} : { signal }) },
    );
  const run = async (source: string, options?: RunOptions): Promise<z.infer<typeof outputSchema>> => {
    const answer = await call(source, options);
    if (answer.isError === true) throw new Error(textOf(answer));
    return outputSchema.parse(answer.structuredContent);
  };
  return {
    client,
    pid: transport.pid ?? 0,
    run,
    result: async (source, options) => (await run(source, options)).result,
    refusal: async (source, options) => {
      const answer = await call(source, options);
      if (answer.isError !== true) throw new Error(`it did not fail: ${textOf(answer)}`);
      return textOf(answer);
    },
  };
}
