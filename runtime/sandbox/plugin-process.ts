import type { Readable, Writable } from 'node:stream';
import type { Enforcement, PluginProcess, ProcessExit, Tier } from '../contract/sandbox.ts';
import type { PipedChild } from './spawn-piped.ts';

/** What differs between launchers. */
export interface TreeControl {
  readonly tier: Tier;
  readonly mechanism: string;
  readonly enforcement: Enforcement;
  /** Sends TERM to the plugin itself. */
  terminate(): Promise<void>;
  /** Sends KILL to the whole tree, such that the child's end means the tree's end. */
  kill(): Promise<void>;
  /** Runs after the child has ended; resolves when nothing of the tree is left. */
  release(): Promise<void>;
}

/** A plugin that is a process tree. */
export class ChildTree implements PluginProcess {
  readonly pid: number;
  readonly tier: Tier;
  readonly mechanism: string;
  readonly enforcement: Enforcement;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  readonly #control: TreeControl;
  #stopping: Promise<ProcessExit> | undefined;
  #killing: Promise<ProcessExit> | undefined;

  constructor(child: PipedChild, control: TreeControl) {
    this.pid = child.pid;
    this.tier = control.tier;
    this.mechanism = control.mechanism;
    this.enforcement = control.enforcement;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.#control = control;
    this.exited = child.ended.then(async (exit) => {
      await control.release();
      return exit;
    });
  }

  stop(graceMs: number): Promise<ProcessExit> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  kill(): Promise<ProcessExit> {
    this.#killing ??= this.#control.kill().then(() => this.exited);
    return this.#killing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #stop(graceMs: number): Promise<ProcessExit> {
    this.stdin.end();
    if (await this.#endsWithin(graceMs)) return this.exited;
    await this.#control.terminate();
    if (await this.#endsWithin(graceMs)) return this.exited;
    return this.kill();
  }

  async #endsWithin(timeoutMs: number): Promise<boolean> {
    const { promise: timeout, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, timeoutMs, false);
    try {
      return await Promise.race([this.exited.then(() => true), timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
