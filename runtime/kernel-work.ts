import { systemClock } from './base/clock.ts';
import type { NewId } from './base/ids.ts';
import type { Logger } from './base/logger.ts';
import type { DirectiveKind, Directives } from './contract/directives.ts';
import type { Reconciler } from './contract/reconcile.ts';
import type { RunLedger } from './contract/runs.ts';
import { operatorScope } from './contract/scope.ts';
import type { Catalogue, ToolRunner } from './contract/tools.ts';
import type { Store } from './store/open.ts';
import type { WorkStore } from './store/work.ts';
import { DirectiveRunner } from './work/directive-runner.ts';
import { RunReconciler } from './work/reconcile.ts';
import { SignalFanout } from './work/signal-fanout.ts';
import { TimelineFollower } from './work/timeline-follower.ts';
import { ToolRunKind } from './work/tool-run.ts';

/** How often is looked for what is due, in milliseconds. */
const pulseMs = 1_000;

/** Durable work: facts, intents, and what follows from them. */
export interface Work extends AsyncDisposable {
  readonly store: WorkStore;
  readonly signals: SignalFanout;
  readonly timeline: TimelineFollower;
  readonly directives: Directives;
  readonly reconciler: Reconciler;
  /** Says what does directives of a kind; before `begin`. */
  add(name: string, kind: DirectiveKind): void;
  /** Called about once a second from then on; it must not reject. */
  onPulse(act: () => Promise<void>): void;
  /** Settles what the last kernel left, and looks for what is due from then on. What fails is in the log. */
  begin(): Promise<void>;
}

export interface WorkParts {
  readonly store: Pick<Store, 'work'> & { readonly ledger: RunLedger };
  readonly catalogue: Catalogue;
  /** Settles when the tools of all plugins are known, or after a while. */
  readonly listed: () => Promise<void>;
  readonly tools: ToolRunner;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Puts durable work together. */
export function createWork({ store: opened, catalogue, listed, tools: runner, newId, log }: WorkParts): Work {
  const store = opened.work(newId);
  const runs = opened.ledger;
  const clock = systemClock;
  const random = Math.random;
  const kinds = new Map<string, DirectiveKind>([['tool.run', new ToolRunKind({ catalogue, runner, runs })]]);
  const directives = new DirectiveRunner({ store: store.directives, kinds, clock, newId, random, log });
  const { verdicts } = store;
  const lookup = { verdicts, directives: store.directives, runs, catalogue, runner, newId };
  const reconciler = new RunReconciler(lookup);
  const signals = new SignalFanout({ store: store.signals, clock, random, log });
  const timeline = new TimelineFollower(store.timeline, log);
  const acts: (() => Promise<void>)[] = [];
  const stack = new AsyncDisposableStack();
  stack.use(directives);
  stack.use(signals);
  const begin = async (): Promise<void> => {
    try {
      await directives.recover();
      await signals.subscribe({
        name: 'reconcile',
        onSignal: async ({ name, data }) => {
          if (name !== 'directive.unknown' || typeof data['run'] !== 'string') return;
          const scope = operatorScope('reconcile');
          const run = await runs.get(scope, data['run']);
          if (run !== null) await reconciler.settled(scope, run);
        },
      });
    } catch (error) {
      log.error({ err: error }, 'what the last kernel left is not settled');
    }
    if (stack.disposed) return;
    // What is due may need tools that are not known yet.
    const known = { isListed: false };
    const wait = async (): Promise<void> => {
      await listed();
      known.isListed = true;
    };
    void wait();
    const pulse = setInterval(() => {
      void timeline.tick();
      if (!known.isListed) return;
      for (const act of acts) void act();
      void directives.tick();
      void signals.tick();
    }, pulseMs);
    stack.defer(() => clearInterval(pulse));
  };
  return {
    store,
    signals,
    timeline,
    directives,
    reconciler,
    add: (name, kind) => kinds.set(name, kind),
    onPulse: (act) => void acts.push(act),
    begin,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
