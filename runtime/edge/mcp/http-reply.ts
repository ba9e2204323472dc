import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../contract/plugins.ts';

/** A client that leaves this much unread loses further notifications, never its answer. */
const unreadLimitBytes = 1_048_576;

// prettier-ignore
const streamHeaders = [
  'content-type', 'text/event-stream',
  'cache-control', 'no-cache, no-transform',
  'x-accel-buffering', 'no',
];

/**
 * The answer to one POST: a JSON body, or an event stream from the first notification on
 * (2025-11-25 and 2026-07-28, Streamable HTTP, "Sending messages to the server").
 */
export class HttpReply {
  readonly #res: ServerResponse;
  readonly #extra: readonly string[];
  #isStream = false;

  /** `extra` are further header names and values, in turn. */
  constructor(res: ServerResponse, extra: readonly string[] = []) {
    this.#res = res;
    this.#extra = extra;
  }

  /** Sends a message ahead of the answer. */
  send(message: JsonObject): void {
    const res = this.#res;
    if (res.writableEnded || res.destroyed) return;
    // A question must arrive, or its call would wait for nothing.
    if (res.writableLength > unreadLimitBytes && message['id'] === undefined) return;
    if (!this.#isStream) {
      this.#isStream = true;
      res.writeHead(200, [...streamHeaders, ...this.#extra]);
    }
    res.write(frame(message));
  }

  /** Sends the answer and ends the exchange. `status` counts only when nothing went ahead of it. */
  end(message: JsonObject | null, status = 200): void {
    const res = this.#res;
    if (res.writableEnded || res.destroyed) return;
    if (this.#isStream) {
      res.end(message === null ? undefined : frame(message));
      return;
    }
    if (message === null) {
      res.writeHead(202, [...this.#extra]).end();
      return;
    }
    const body = JSON.stringify(message);
    const length = Buffer.byteLength(body);
    // A flat list spares the server building a header map for each call.
    res.writeHead(status, [
      'content-type',
      'application/json',
      'content-length',
      `${length}`,
      ...this.#extra,
    ]);
    res.end(body);
  }
}

function frame(message: JsonObject): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
