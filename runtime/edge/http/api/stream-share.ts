import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { NexusError } from '../../../base/errors.ts';
import { notedCaller } from '../noted-caller.ts';

/** Event streams at once of one caller: a browser needs one for all its tabs, and one for each log and thread in view. */
const mostEach = 64;
/** Of all callers. */
const most = 512;

const open = new Map<string, number>();

/** Counts a stream of whoever asks until the function it answers is called. Throws STREAMS_BUSY. */
export function takeStream({ env }: Context<{ Bindings: HttpBindings }>): () => void {
  const caller = notedCaller(env.incoming)?.id ?? '';
  const mine = open.get(caller) ?? 0;
  const all = open.values().reduce((sum, count) => sum + count, 0);
  if (mine >= mostEach) throw new NexusError('STREAMS_BUSY', { limit: mostEach });
  if (all >= most) throw new NexusError('STREAMS_BUSY', { limit: most });
  open.set(caller, mine + 1);
  let isTaken = true;
  return () => {
    if (!isTaken) return;
    isTaken = false;
    const left = (open.get(caller) ?? 1) - 1;
    if (left > 0) open.set(caller, left);
    else open.delete(caller);
  };
}
