import { NexusError } from '../../base/errors.ts';
import { findProgram, refuseLauncher } from '../discover/find-program.ts';
import { isNode } from '../discover/find-script.ts';
import type { Machine } from '../discover/mcpb/bundle-fit.ts';
import { isNpxCommand } from '../discover/packages/npx-command.ts';

/** The machine plugins are to run on, as far as planning looks at it. */
export interface ImportMachine extends Machine {
  /** Where programs are looked for, as in the variable PATH. */
  readonly path: string | undefined;
}

/** Why a command cannot be started here, or null. */
export function commandObstacle(
  command: string,
  args: readonly string[],
  machine: ImportMachine,
): { readonly problem: string; readonly todo: string } | null {
  if (isNode(command) || isNpxCommand(command, args) || command.includes('${')) return null;
  try {
    refuseLauncher('', command);
    if (!command.includes('/')) findProgram('', command, machine.path);
    return null;
  } catch (error) {
    if (!(error instanceof NexusError)) throw error;
    const { problem = 'it is not on this machine', todo } = error.data;
    return { problem: `it starts with "${command}": ${String(problem)}`, todo: String(todo) };
  }
}
