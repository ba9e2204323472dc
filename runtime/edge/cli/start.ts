import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { readConfig } from '../../index.ts';
import type { CliDeps } from './deps.ts';

/** `nexus start`: serves until it is told to stop (SIGINT, SIGTERM). */
export async function startCommand(argv: readonly string[], deps: CliDeps): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string' },
      data: { type: 'string' },
      manifests: { type: 'string' },
      plugins: { type: 'string' },
      workspace: { type: 'string' },
      'allow-unsandboxed': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const config = readConfig({ ...values, allowUnsandboxed: values['allow-unsandboxed'] });
  const told = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => told.abort());
  await using served = await deps.serve(config);
  const readyMs = Math.round(performance.now());
  const { url, mcpUrl, kernel } = served;
  if (values.json === true) {
    process.stdout.write(
      `${JSON.stringify({ url, mcp: mcpUrl, token: kernel.token, pid: process.pid, readyMs })}\n`,
    );
  } else {
    process.stdout.write(
      `Nexus is ready at ${url} (${readyMs} ms)\nMCP endpoint  ${mcpUrl}\nToken         ${kernel.token}\n`,
    );
  }
  if (!told.signal.aborted) await once(told.signal, 'abort');
  return 0;
}
