import type { Command } from './command-line.ts';
import { checkFolders } from './folders.ts';
import { KernelLink } from './mcp/kernel-link.ts';
import { StdioShim } from './mcp/stdio-shim.ts';
import { configOf } from './places.ts';
import { stopSignal, stopWithin } from './stop.ts';

/** `nexus mcp`: stdio for a client that starts its servers itself. Nothing but protocol goes to stdout. */
export const mcpCommand: Command = async (given, deps) => {
  const config = { ...configOf(given, deps), port: 0 };
  checkFolders(config);
  const link = new KernelLink(config, deps);
  const shim = new StdioShim({
    input: process.stdin,
    output: process.stdout,
    connect: (signal) => link.connect(signal),
  });
  void stopSignal().then(() => shim.stop());
  try {
    await shim.run();
  } finally {
    await stopWithin(link);
  }
  return 0;
};
