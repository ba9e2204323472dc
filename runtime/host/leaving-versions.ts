import { messageOf } from '../base/errors.ts';
import type { PluginRunner } from './runner.ts';

/** Calls in flight of a version that leaves end within this time, or within their own deadline when that is later, in milliseconds. */
const drainMs = 30_000;
/** Versions that may still be ending their calls when the next swap begins. */
const mostLeaving = 3;

export interface LeavingDeps {
  /** Aborts when the host ends: versions that leave are not waited for. */
  readonly closing: AbortSignal;
  readonly onLog: (text: string) => void;
}

/** The versions of one plugin that are not in force any more, or never were, until they have ended. */
export class LeavingVersions {
  readonly #deps: LeavingDeps;
  readonly #versions = new Map<Promise<void>, PluginRunner>();

  constructor(deps: LeavingDeps) {
    this.#deps = deps;
  }

  versions(): readonly PluginRunner[] {
    return [...this.#versions.values()];
  }

  /** Ends what was in force; calls in flight have the usual time to end. Settles when it has ended, and never rejects. */
  retire(runner: PluginRunner): Promise<void> {
    runner.stepDown();
    const late = AbortSignal.timeout(Math.max(drainMs, runner.manifest.limits.timeoutMs));
    return this.#end(runner, AbortSignal.any([this.#deps.closing, late]));
  }

  /** Ends at once what was not in force. */
  dismiss(candidate: PluginRunner): void {
    void this.#end(candidate, AbortSignal.abort());
  }

  /** Settles when not too many are left for one more. */
  async room(): Promise<void> {
    while (this.#versions.size > mostLeaving) await Promise.race(this.#versions.keys());
  }

  /** Settles when those there are have ended. */
  async over(): Promise<void> {
    await Promise.all(this.#versions.keys());
  }

  #end(runner: PluginRunner, deadline: AbortSignal): Promise<void> {
    const ending = runner
      .retire(deadline)
      .catch((error: unknown) => this.#deps.onLog(`stopping failed: ${messageOf(error)}`))
      .finally(() => this.#versions.delete(ending));
    this.#versions.set(ending, runner);
    return ending;
  }
}
