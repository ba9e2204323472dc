import type { FinalRunState } from '../contract/runs.ts';
import type { RunCount } from '../contract/tools.ts';

/** Counts ended runs by plugin and state. As small as the number of plugins, however many runs there are. */
export class RunTally {
  readonly #counts = new Map<string, Map<FinalRunState, number>>();

  add(plugin: string, state: FinalRunState): void {
    const states = this.#counts.get(plugin) ?? new Map<FinalRunState, number>();
    states.set(state, (states.get(state) ?? 0) + 1);
    this.#counts.set(plugin, states);
  }

  counts(): readonly RunCount[] {
    return [...this.#counts].flatMap(([plugin, states]) =>
      [...states].map(([state, runs]) => ({ plugin, state, runs })),
    );
  }
}
