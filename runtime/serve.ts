import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServedKernel } from './edge/cli/deps.ts';
import { ConsolePages } from './edge/http/console/serve-console.ts';
import { serveHttp } from './edge/http/server.ts';
import { McpEdge } from './edge/mcp/mcp-edge.ts';
import { startKernel, type Config, type Kernel } from './index.ts';

/** Starts a kernel with its edges: HTTP (API and MCP) and attached stdio clients. */
export async function serve(config: Config): Promise<ServedKernel> {
  await using stack = new AsyncDisposableStack();
  const kernel = stack.use(await startKernel(config));
  const pages = new ConsolePages(kernel.console);
  const mcp = new McpEdge(kernel);
  stack.defer(() => mcp.close());
  const http = stack.use(
    await serveHttp(kernel, {
      mcp: (req, res) => mcp.handle(req, res),
      attach: (stream) => {
        void mcp.attach(stream);
      },
      app: async (req, res) => {
        const { handleApi } = await import('./edge/http/api.ts');
        await handleApi(kernel, req, res);
      },
      page: (req, res) => pages.serve(req, res),
    }),
  );
  // Before the connections of clients end: their calls then end as those of a kernel that stops.
  stack.defer(() => kernel.stopPlugins());
  announce(kernel, http.url, stack);
  const owned = stack.move();
  void settle(kernel, () => owned.disposed);
  return {
    kernel,
    url: http.url,
    mcpUrl: `${http.url}/mcp`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * What can wait until the kernel answers: it costs time that nobody should wait for. A kernel that is told to stop
 * before that begins nothing more: it would outlive the kernel.
 */
async function settle(kernel: Kernel, isStopping: () => boolean): Promise<void> {
  try {
    // The line that says where the kernel listens goes out first.
    await new Promise((resolve) => setImmediate(resolve));
    if (isStopping()) return;
    kernel.begin();
    await kernel.watch();
    if (isStopping()) return;
    await kernel.sandbox();
  } catch (error) {
    kernel.log.error({ err: error }, 'the kernel is up but not complete');
  }
}

/** Leaves the address where the command line finds it. */
function announce(kernel: Kernel, url: string, stack: AsyncDisposableStack): void {
  const file = join(kernel.config.dataDir, 'kernel.json');
  writeFileSync(file, JSON.stringify({ url, pid: process.pid }), { mode: 0o600 });
  stack.defer(() => rmSync(file, { force: true }));
}
