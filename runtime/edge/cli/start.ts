import type { Command } from './command-line.ts';
import { checkFolders } from './folders.ts';
import { configOf } from './places.ts';
import { stopSignal, stopWithin } from './stop.ts';

/** `nexus start`: serves until it is told to stop (SIGINT, SIGTERM). */
export const startCommand: Command = async (given, deps) => {
  const config = configOf(given, deps);
  checkFolders(config);
  const told = stopSignal();
  const served = await deps.serve(config);
  const readyMs = Math.round(performance.now());
  const { url, mcpUrl: mcp, kernel } = served;
  if (given.switches.has('json')) {
    process.stdout.write(`${JSON.stringify({ url, mcp, token: kernel.token, pid: process.pid, readyMs })}\n`);
  } else {
    const { reportStart, reportTroubles } = await import('./start-report.ts');
    reportStart(served, { readyMs, given, rootDir: deps.rootDir });
    reportTroubles(kernel).catch((error: unknown) => kernel.log.error({ err: error }, 'the report ended'));
  }
  await told;
  await stopWithin(served);
  return 0;
};
