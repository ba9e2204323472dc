import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { systemCode } from '../base/errors.ts';

/** Sends a signal to a host process; one that is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** Parent of a host process, or null when it is gone. */
export async function parentOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The name in parentheses may hold spaces and parentheses itself.
  const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? null : Number(parent);
}

/** Children that one thread of a host process started, in the order of their start; empty when it is gone. */
async function childrenOf(pid: number, thread: number | string): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

/** The oldest child of the main thread of a host process; null when there is none. */
export async function firstChildOf(pid: number): Promise<number | null> {
  const [child] = await childrenOf(pid, pid);
  return child ?? null;
}

/** Children, whichever thread started them, their children and so on. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = (await Promise.all(threads.map((thread) => childrenOf(pid, thread)))).flat();
  const further = await Promise.all(children.map(descendantsOf));
  return [...children, ...further.flat()];
}

/** Resolves when a host process is gone or only waits to be collected; at once for null. */
export async function untilGone(pid: number | null): Promise<void> {
  if (pid === null) return;
  for (let waitMs = 1; await isAlive(pid); waitMs = Math.min(waitMs * 2, 50)) await setTimeout(waitMs);
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const state = stat?.charAt(stat.lastIndexOf(')') + 2);
  return state !== undefined && !['', 'Z', 'X'].includes(state);
}
