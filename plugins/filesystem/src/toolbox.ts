import * as z from 'zod';
import { asFault, FileFault } from './faults.ts';
import type { TurnQueue } from './turn-queue.ts';
import type { Place, Workspace } from './workspace.ts';

/** What every tool works with. */
export interface Toolbox {
  readonly workspace: Workspace;
  /** Changes run one after the other, so that two edits of one file cannot lose each other's work. */
  readonly changes: TurnQueue;
}

/** A path argument. */
export function pathArgument(what: string): z.ZodString {
  return z.string().max(4096).describe(`${what}, relative to the workspace, such as "notes/today.md"`);
}

/** Runs one call; whatever the operating system refuses becomes a message a model can act on. */
export async function guarded<T>(path: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    const fault = asFault(error, path);
    // An error nobody expected is a defect: its trace belongs into the operator's log, not to the model.
    if (fault.code === 'IO_ERROR')
      process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
    throw fault;
  }
}

/** Refuses the workspace folder itself, which no tool may replace, move or delete. */
export function refuseRoot(place: Place): void {
  if (place.name !== '') return;
  throw new FileFault(
    'WORKSPACE_ROOT',
    'This is the workspace folder itself, which stays where it is',
    'Name something inside it',
  );
}
