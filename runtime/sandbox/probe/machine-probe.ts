import type { ProbeResult } from '../../contract/sandbox.ts';
import { messageOf } from '../../base/errors.ts';
import { findRuntimeClosure, type RuntimeClosure } from '../runtime-closure.ts';
import type { SandboxFiles } from '../sandbox-files.ts';
import type { TaskLimit } from '../task-limit.ts';
import { MECHANISMS, probeMachine, type Verdict } from './machine.ts';
import { readVerdict, stillHolds, verdictKey, writeVerdict } from './verdict-cache.ts';

export interface MachineProbeOptions {
  readonly cachePath: string;
  readonly nodePath: string;
  readonly files: SandboxFiles;
  readonly tasks: TaskLimit;
}

/** Knows what this machine can enforce: from an earlier boot when nothing has changed, by trying it otherwise. */
export class MachineProbe {
  readonly #options: MachineProbeOptions;
  #verdict: Verdict | null = null;
  #closure: RuntimeClosure | null = null;
  #probes: readonly ProbeResult[] = [];
  #isDoubtful = false;

  constructor(options: MachineProbeOptions) {
    this.#options = options;
  }

  get verdict(): Verdict | null {
    return this.#verdict;
  }

  get closure(): RuntimeClosure | null {
    return this.#closure;
  }

  get probes(): readonly ProbeResult[] {
    return this.#probes;
  }

  /** Finds out. Never rejects: a machine on which nothing can be tried is one that enforces nothing. */
  async run(): Promise<void> {
    const { cachePath, nodePath } = this.#options;
    const [key, cached] = await Promise.all([verdictKey(nodePath), readVerdict(cachePath)]);
    if (cached !== null && stillHolds(cached, key)) {
      this.#take(cached.closure, cached.verdict);
      return;
    }
    await this.#try();
    const { closure, verdict } = this;
    if (closure !== null && verdict !== null) await writeVerdict(cachePath, { key, closure, verdict });
  }

  /** A launch failed before the plugin began: what was found may not hold any more. */
  doubt(): void {
    this.#isDoubtful = true;
  }

  /** Tries again after a doubt. */
  async repeatIfDoubtful(): Promise<void> {
    if (!this.#isDoubtful) return;
    this.#isDoubtful = false;
    await this.#try();
  }

  async #try(): Promise<void> {
    const { nodePath, files, tasks } = this.#options;
    try {
      const closure = await findRuntimeClosure(nodePath);
      this.#take(closure, await probeMachine({ closure, files, tasks }));
    } catch (error) {
      this.#verdict = null;
      this.#probes = MECHANISMS.map((mechanism) => ({
        mechanism,
        works: false,
        reason: `the libraries of Node could not be listed: ${messageOf(error)}`,
        remedy: 'Run Nexus on Linux with glibc or musl, with ldd and util-linux installed',
      }));
    }
  }

  #take(closure: RuntimeClosure, verdict: Verdict): void {
    this.#closure = closure;
    this.#verdict = verdict;
    this.#probes = verdict.probes;
  }
}
