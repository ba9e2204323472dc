import type { Manifest } from '../contract/manifest.ts';
import type { CallOptions, JsonObject } from '../contract/plugins.ts';
import { CallGate } from './call-gate.ts';
import type { CallRecord } from './health/call-record.ts';
import type { PluginMemory } from './plugin-memory.ts';
import type { Session } from './session.ts';

interface DeskListener {
  /** The session to call; a promise when the plugin has to be started first. */
  session(signal: AbortSignal): Session | Promise<Session>;
  /** Throws when nobody has agreed to what is called; asked when the plugin runs, which may have changed it. */
  permit(method: string, params: JsonObject): void;
  began(): void;
  answered(): void;
  ended(): void;
}

/** Passes calls on to one version of a plugin, as many at once as its manifest says, and notes what becomes of each. */
export class CallDesk {
  readonly #memory: PluginMemory;
  readonly #listener: DeskListener;
  readonly #gate: CallGate;

  constructor(manifest: Manifest, memory: PluginMemory, listener: DeskListener) {
    this.#memory = memory;
    this.#listener = listener;
    this.#gate = new CallGate(manifest);
  }

  get inFlight(): number {
    return this.#gate.running;
  }

  /** Settles when nothing is in flight. */
  idle(): Promise<void> {
    return this.#gate.idle();
  }

  async call(method: string, params: JsonObject, options: CallOptions): Promise<JsonObject> {
    const place = this.#gate.pass(options.signal);
    if (place !== undefined) await place;
    const record = options.isCheck === true ? undefined : this.#begin();
    try {
      const given = this.#listener.session(options.signal);
      const session = given instanceof Promise ? await given : given;
      this.#listener.permit(method, params);
      const left = options.onLeave?.();
      if (left !== undefined) await left;
      const leftMs = performance.now();
      const result = await session.connection.call(method, params, options, this.#gate);
      record?.answered(method, params, result, performance.now() - leftMs);
      this.#listener.answered();
      return result;
    } catch (error) {
      record?.failed(method, params, error, options.signal.aborted);
      throw error;
    } finally {
      this.#gate.leave();
      this.#listener.ended();
    }
  }

  #begin(): CallRecord {
    this.#memory.calls++;
    this.#listener.began();
    return this.#memory.record;
  }
}
