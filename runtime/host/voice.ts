import { redactKnown } from '../base/known-secrets.ts';
import type { PluginEvent } from '../contract/plugins.ts';
import { LastWords } from './last-words.ts';
import type { PluginMemory } from './plugin-memory.ts';
import type { RunnerDeps } from './runner-deps.ts';

/** What one version of a plugin says: its words are kept and logged, its events told while it is in force. */
export class Voice {
  readonly #plugin: string;
  readonly #deps: Pick<RunnerDeps, 'onEvent' | 'onLog'>;
  readonly #memory: PluginMemory;
  readonly #lastWords = new LastWords();
  isInForce = false;

  constructor(plugin: string, deps: Pick<RunnerDeps, 'onEvent' | 'onLog'>, memory: PluginMemory) {
    this.#plugin = plugin;
    this.#deps = deps;
    this.#memory = memory;
  }

  /** Why it ended, as far as it said. */
  get lastWords(): string {
    return this.#lastWords.text;
  }

  tell(kind: 'listing' | 'status'): void {
    this.say({ kind, plugin: this.#plugin });
  }

  say(event: PluginEvent): void {
    if (this.isInForce) this.#deps.onEvent(event);
  }

  hear(said: string): void {
    const line = redactKnown(said);
    this.#lastWords.note(line);
    this.#memory.stderr.push(line);
    this.#deps.onLog(this.#plugin, line);
  }
}
