import { text } from 'node:stream/consumers';
import { messageOf } from '../../base/errors.ts';
import type { ChildTree } from '../plugin-process.ts';
import type { Policy } from '../policy/policy.ts';

/** A start takes some 10 ms; one that hangs must not hold up the kernel. */
const TIMEOUT_MS = 5_000;

/** A plugin that may do nothing and only tells its version: what is tried is the launcher. */
export function probePolicy(command: string): Policy {
  return {
    plugin: 'probe',
    mounts: [{ source: '/usr', target: '/probe', writable: false }],
    wholeSystem: false,
    command,
    nodeOptions: [],
    args: ['--version'],
    cwd: '/',
    env: {},
    forks: false,
    unixSockets: false,
    network: null,
    limits: { dataBytes: 64 * 1024 * 1024, heapMb: 64, cpuSeconds: 5, tasks: 16 },
  };
}

/** Runs a launch to its end. Resolves with null when it worked, otherwise with what it said. */
export async function attempt(launch: () => Promise<ChildTree>): Promise<string | null> {
  let tree: ChildTree;
  try {
    tree = await launch();
  } catch (error) {
    return messageOf(error);
  }
  const timer = setTimeout(() => void tree.kill(), TIMEOUT_MS);
  tree.stdout.resume();
  const [exit, complaint] = await Promise.all([tree.exited, text(tree.stderr)]);
  clearTimeout(timer);
  if (exit.code === 0) return null;
  return complaint.trim().replaceAll('\n', '; ') || `it ended with ${exit.signal ?? `code ${exit.code}`}`;
}
