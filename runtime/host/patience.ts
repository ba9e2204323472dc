import { NexusError } from '../base/errors.ts';
import type { CallInFlight } from './calls-in-flight.ts';

/** How often it is asked whether others wait for the place of a call whose client is being asked, in milliseconds. */
const lookMs = 60_000;

/**
 * How long the client of a call may take to answer a pushed question. The plugin works on the call meanwhile, so that it
 * keeps its place: for as long as nobody else wants it, else for a minute or two, and then the call is canceled.
 */
export class Patience {
  /** Aborts when the call is canceled, for this or any other reason. */
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  constructor(call: CallInFlight) {
    const end = new AbortController();
    this.signal = AbortSignal.any([call.signal, end.signal]);
    this.#timer = setInterval(() => {
      const waiting = call.gate?.waiting ?? 0;
      if (waiting === 0) return;
      const others = `${waiting} other ${waiting === 1 ? 'call waits' : 'calls wait'}`;
      const reason = `its client was asked and did not answer within a minute, while ${others} for the plugin`;
      const canceled = new NexusError('RUN_CANCELED', { tool: call.name, reason });
      call.cancel(canceled);
      end.abort(canceled);
    }, lookMs);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
