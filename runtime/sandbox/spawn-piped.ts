import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { messageOf, NexusError } from '../base/errors.ts';
import type { ProcessExit } from '../contract/sandbox.ts';
import { findInherited } from './inherited-descriptors.ts';

/** A started child with its pipes. */
export interface PipedChild {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Signals the child itself; nothing once it has ended, when its process id may belong to another. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** The pipe at a file descriptor from 3 on. */
  readonly pipe: (fd: number) => Duplex;
  /** Settles when the child itself, not necessarily its tree, has ended. Never rejects. */
  readonly ended: Promise<ProcessExit>;
}

/** What a child gets at file descriptors 3, 4, …: a pipe of its own, or an open file of ours. */
export type ExtraDescriptor = 'pipe' | number;

/** An open file to be passed to a child; closed when it goes out of scope. */
export interface Inheritable extends Disposable {
  readonly fd: number;
}

/** Opens a file for a child. Synchronous because its closing has to be: see `spawnPiped`. */
export function openInheritable(path: string): Inheritable {
  const fd = openSync(path, 'r');
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/**
 * Starts a program with an empty environment unless `options` say otherwise. Rejects with SANDBOX_LAUNCH_FAILED.
 * Who calls it must attach to the pipes before anything else happens, with no waiting but for settled promises: when
 * the child ends, Node discards what nobody has begun to read.
 */
export async function spawnPiped(
  plugin: string,
  program: string,
  args: readonly string[],
  extra: readonly ExtraDescriptor[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'detached'> = {},
): Promise<PipedChild> {
  const inherited = await findInherited();
  using nothing = inherited.length === 0 ? null : openInheritable('/dev/null');
  const wanted = ['pipe', 'pipe', 'pipe', ...extra] as const;
  const stdio = nothing === null ? [...wanted] : covered(wanted, inherited, nothing.fd);
  const child = spawn(program, [...args], { cwd: '/', env: {}, ...options, stdio });
  const { pid, stdin, stdout, stderr } = child;
  if (pid === undefined || stdin === null || stdout === null || stderr === null) {
    const [error] = await once(child, 'error');
    const problem = messageOf(error);
    throw new NexusError('SANDBOX_LAUNCH_FAILED', { plugin, problem, todo: 'Run "nexus doctor"' }, error);
  }
  const pipe = (fd: number): Duplex => {
    const stream = child.stdio[fd];
    if (!(stream instanceof Duplex)) throw new TypeError(`file descriptor ${fd} is not a pipe`);
    return stream;
  };
  const pipes = [
    stdin,
    stdout,
    stderr,
    ...extra.flatMap((kind, i) => (kind === 'pipe' ? [pipe(i + 3)] : [])),
  ];
  // A pipe whose other end died reports EPIPE; that the process ended is what its owner learns from `ended`.
  for (const stream of pipes) stream.on('error', () => {});
  const ended = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve(exitOf(code, signal)));
  });
  const signal = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  return { pid, stdin, stdout, stderr, signal, pipe, ended };
}

/**
 * `stdio` extended so that nothing the kernel itself inherited is passed on: a directory opened by whoever started it
 * would lead out of every sandbox. Covered by /dev/null, because Node can close no descriptor of a child.
 */
function covered(
  wanted: readonly ExtraDescriptor[],
  inherited: readonly number[],
  nothing: number,
): (ExtraDescriptor | 'ignore')[] {
  const stdio: (ExtraDescriptor | 'ignore')[] = [...wanted];
  for (const fd of inherited) {
    if (fd < wanted.length) continue;
    while (stdio.length < fd) stdio.push('ignore');
    stdio[fd] = nothing;
  }
  return stdio;
}

const SIGNALS: readonly string[] = Object.keys(constants.signals);

/** bwrap and shells report a child killed by signal N as exit code 128 + N. */
function exitOf(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  for (const name of SIGNALS) {
    if (isSignal(name) && code === constants.signals[name] + 128) return { code: null, signal: name };
  }
  return { code, signal };
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}
