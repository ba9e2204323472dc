import { NexusError } from '../../../base/errors.ts';
import type { CommandSource } from '../../../contract/manifest.ts';
import { resolveCommand, type CommandPlace } from '../command-source.ts';
import { isInside, realPathOf } from '../contained-path.ts';
import { findProgram } from '../find-program.ts';
import type { Launch } from '../prepare-options.ts';

/** The launch of a bundle that lies unpacked in `dir`, with its command filled in. */
export function launchMcpb(command: CommandSource, dir: string, place: CommandPlace): Omit<Launch, 'how'> {
  const found = resolveCommand({ ...command, command: pythonHere(command.command, place) }, place);
  const root = realPathOf(dir);
  const outside = (path: string): boolean => !isInside(root, realPathOf(path));
  return {
    ...found,
    // Such servers expect some writable working directory, and the bundle is not.
    cwd: place.dataDir,
    packageDirs: [root, ...found.packageDirs.filter(outside)],
    // The hash of the bundle stands for what is in it.
    artifacts: found.artifacts.filter(outside),
  };
}

/** Most bundles write "python", which on many systems is only called "python3". */
function pythonHere(command: string, { plugin, path }: CommandPlace): string {
  if (command !== 'python') return command;
  try {
    findProgram(plugin, command, path);
    return command;
  } catch (error) {
    if (error instanceof NexusError && error.code === 'COMMAND_MISSING') return 'python3';
    throw error;
  }
}
