import type { Readable, Writable } from 'node:stream';
import type { Enforcement, PluginProcess, ProcessExit, ProcessUsage, Tier } from '../contract/sandbox.ts';
import { descendantsOf, signalProcess } from './host-processes.ts';
import { readUsage } from './process-usage.ts';
import type { PipedChild } from './spawn-piped.ts';
import { endsWithin } from './within.ts';

/** What differs between launchers. */
export interface TreeControl {
  readonly tier: Tier;
  readonly mechanism: string;
  readonly enforcement: Enforcement;
  /** Whether the plugin may start processes. */
  readonly forks: boolean;
  /** Host process id of the plugin itself; null when it has not begun or is gone. */
  readonly pluginPid: () => Promise<number | null>;
  /** Ends the whole tree, the child included. */
  readonly kill: () => void | Promise<void>;
  /** Runs after the child has ended; resolves when nothing of the tree and its resources is left. */
  readonly release: () => Promise<void>;
  /** False when the launcher failed before the plugin's own command began. */
  readonly reachedPlugin: Promise<boolean>;
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
  #reachedPlugin = true;
  #reason: string | undefined;

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
      this.#reachedPlugin = await control.reachedPlugin;
      return this.#reason === undefined ? exit : { ...exit, reason: this.#reason };
    });
  }

  /** False when the launcher failed before the plugin's own command began; known when `exited` settles. */
  get reachedPlugin(): boolean {
    return this.#reachedPlugin;
  }

  stop(graceMs: number): Promise<ProcessExit> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  kill(): Promise<ProcessExit> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  /** Kills it and says why in `exited`. */
  end(reason: string): void {
    this.#reason ??= reason;
    void this.kill();
  }

  /** Host process ids of what belongs to the plugin. */
  async members(): Promise<readonly number[]> {
    if (this.#control.forks) return [this.pid, ...(await descendantsOf(this.pid))];
    const pluginPid = await this.#control.pluginPid();
    return pluginPid === null ? [] : [pluginPid];
  }

  async usage(): Promise<ProcessUsage | null> {
    return await readUsage(await this.members());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #stop(graceMs: number): Promise<ProcessExit> {
    this.stdin.end();
    if (await endsWithin(this.exited, graceMs)) return this.exited;
    const pluginPid = await this.#control.pluginPid();
    if (pluginPid !== null) signalProcess(pluginPid, 'SIGTERM');
    if (await endsWithin(this.exited, graceMs)) return this.exited;
    return this.kill();
  }

  async #kill(): Promise<ProcessExit> {
    await this.#control.kill();
    return this.exited;
  }
}
