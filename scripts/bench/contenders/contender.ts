import { setTimeout as wait } from 'node:timers/promises';
import type { ToolCaller } from '../load/tool-caller.ts';
import type { Actor, Stage } from '../stage.ts';

/** Something that serves the echo tool, ready to be pressed. */
export interface Contender {
  readonly name: string;
  /** Peers are what Nexus is compared with; `direct` is the floor that nothing can be under. */
  readonly kind: 'nexus' | 'peer' | 'direct';
  readonly caller: ToolCaller;
  /** The processes between the client and the server. */
  readonly pids: readonly number[];
}

const servingMs = 30_000;
const tryMs = 5_000;
const pauseMs = 100;

/** An opened caller whose first call was answered. Tries again, with a new one, while the server is starting. */
export async function openWhenServing(
  makeCaller: () => ToolCaller,
  actor: Actor,
  { signal }: Stage,
): Promise<ToolCaller> {
  const giveUpAt = performance.now() + servingMs;
  for (;;) {
    signal.throwIfAborted();
    const caller = makeCaller();
    const timer = setTimeout(() => caller.close(), tryMs);
    try {
      await caller.open();
      await caller.call('first call');
      return caller;
    } catch (error) {
      caller.close();
      const isGone = actor.child.exitCode !== null || actor.child.signalCode !== null;
      if (isGone || performance.now() > giveUpAt)
        throw new Error(`it does not serve: ${actor.complaints()}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    await wait(pauseMs, undefined, { signal });
  }
}
