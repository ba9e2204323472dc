import type { Context, MiddlewareHandler } from 'hono';
import { NexusError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { bodyOf, internal } from './answers.ts';
import type { ImportWork } from '../../../contract/import.ts';

const linesOfJson = 'application/x-ndjson';

/** What callers may ask for, as a sentence for the description of a route. */
export const inLinesHint = `With "Accept: ${linesOfJson}" the answer comes in lines: {"progress": text}, and {"result": …} or {"error": …} as the last one`;

/**
 * Answers what can take long in lines of JSON to a caller that accepts them; any other gets the one JSON body of the
 * route behind this. The work ends when the caller goes away; what was begun is finished by asking again.
 */
export function inLines<T>(
  log: Logger,
  work: (c: Context, work: ImportWork) => Promise<T>,
): MiddlewareHandler {
  return async (c, next) => {
    if (!(c.req.header('accept') ?? '').includes(linesOfJson)) return await next();
    const { signal } = c.req.raw;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        const send = (line: unknown): void => {
          if (!signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
        };
        try {
          send({ result: await work(c, { signal, onProgress: (progress) => send({ progress }) }) });
        } catch (error) {
          // The status went out before: the last line says that it failed.
          if (!(error instanceof NexusError) && !signal.aborted)
            log.error({ err: error, path: c.req.path }, 'request failed');
          send(error instanceof NexusError ? bodyOf(error) : internal);
        }
        if (!signal.aborted) controller.close();
      },
    });
    return c.body(body, 200, { 'content-type': linesOfJson });
  };
}
