import { messageOf, NexusError } from '../../base/errors.ts';
import { startCommand } from './start.ts';
import type { CliDeps } from './deps.ts';

/** Runs one command. Settles with its exit code: 0 done, 1 the thing asked failed, 2 wrong usage. */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  try {
    const [command, ...rest] = argv;
    if (command === 'start') return await startCommand(rest, deps);
    throw new NexusError('USAGE', { problem: `Unknown command "${command ?? ''}"` });
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return error instanceof NexusError && error.code === 'USAGE' ? 2 : 1;
  }
}
