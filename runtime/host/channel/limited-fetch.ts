import { NexusError } from '../../base/errors.ts';

const newline = 0x0a;

/**
 * `fetch` whose answer breaks off with OUTPUT_TOO_LARGE when a message in it is larger than `limitBytes`. In an event
 * stream, which may go on for ever, a message is a line; any other body is one message.
 */
export function limitedFetch(plugin: string, limitBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.body === null) return response;
    const isStream = /^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '');
    const { status, statusText, headers } = response;
    const body = response.body.pipeThrough(limiter(plugin, limitBytes, isStream));
    return new Response(body, { status, statusText, headers });
  };
}

function limiter(
  plugin: string,
  limitBytes: number,
  isStream: boolean,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      const lineEnd = isStream ? chunk.indexOf(newline) : -1;
      bytes += lineEnd === -1 ? chunk.length : lineEnd;
      if (bytes > limitBytes) {
        controller.error(new NexusError('OUTPUT_TOO_LARGE', { plugin, limit: limitBytes }));
        return;
      }
      if (lineEnd !== -1) bytes = chunk.length - chunk.lastIndexOf(newline) - 1;
      controller.enqueue(chunk);
    },
  });
}
