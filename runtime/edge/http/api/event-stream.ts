import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { takeStream } from './stream-share.ts';

/** A stream that says nothing is closed by proxies; in milliseconds. */
const heartbeatMs = 20_000;
/** What a client has not read yet, at most; what comes beyond it is left out, and it is told so. */
const mostWaitingBytes = 256 * 1024;
/** Sends one event. What a client that does not read misses is replaced by one `{"type":"reset"}`. */
export type Send = (data: unknown) => void;

/**
 * Server-sent events (HTML, 9.2) without names, so that they arrive as `message`. `begin` gets the way to send and
 * answers how to end; it is ended when the client goes. Throws STREAMS_BUSY.
 */
export function eventStream(
  c: Context<{ Bindings: HttpBindings }>,
  begin: (send: Send) => () => void,
): Response {
  const giveBack = takeStream(c);
  const encoder = new TextEncoder();
  let isBehind = false;
  let end: (() => void) | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string): void => {
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text));
          else isBehind = true;
        };
        // The client learns that it is connected before anything happens.
        write(': connected\n\n');
        const beat = setInterval(() => write(': still here\n\n'), heartbeatMs).unref();
        const stop = begin((data) => write(eventOf(data)));
        end = () => {
          clearInterval(beat);
          stop();
          giveBack();
        };
      },
      pull(controller) {
        if (!isBehind) return;
        isBehind = false;
        controller.enqueue(encoder.encode(eventOf({ type: 'reset', id: null })));
      },
      cancel: () => end?.(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostWaitingBytes }),
  );
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } });
}

function eventOf(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
