import type { Command } from './command-line.ts';
import type { ServedKernel } from './deps.ts';
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
    await reportStart(served, { readyMs, given, rootDir: deps.rootDir });
    // Whoever starts it at a terminal opens the console next, which may have to be built.
    if (process.stdout.isTTY) kernel.console.look().catch(noteIn(kernel));
    reportTroubles(kernel).catch(noteIn(kernel));
  }
  await told;
  await stopWithin(served);
  return 0;
};

function noteIn({ log }: ServedKernel['kernel']): (error: unknown) => void {
  return (error) => log.error({ err: error }, 'something after the start went wrong');
}
