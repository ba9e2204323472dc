import { Gate } from '../base/bounded.ts';
import { NexusError } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';

/** Calls that may wait for a free place of one plugin. */
const queueLimit = 4_096;

/** Lets as many calls of a plugin run at once as its manifest says. */
export class CallGate extends Gate {
  readonly #plugin: string;
  readonly #limit: number;

  constructor({ name, limits }: Manifest) {
    super(limits.concurrency, queueLimit);
    this.#plugin = name;
    this.#limit = limits.concurrency;
  }

  /** Undefined when there is a place at once, else a promise to await. Throws PLUGIN_BUSY. Each pass needs one `leave()`. */
  pass(signal: AbortSignal): Promise<void> | undefined {
    const entry = this.enter(signal);
    if (entry !== 'full') return entry;
    throw new NexusError('PLUGIN_BUSY', { plugin: this.#plugin, limit: this.#limit, queued: queueLimit });
  }
}
