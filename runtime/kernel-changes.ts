import { systemClock } from './base/clock.ts';
import { LiveChanges } from './base/live-changes.ts';
import type { Config } from './config.ts';
import type { Change, Changes } from './contract/changes.ts';
import type { PluginHost } from './contract/plugins.ts';
import type { Settings } from './contract/settings.ts';
import { openStore, type Store } from './store/open.ts';

/** For methods of T what is to be done after each call that succeeded. */
type Heard<T> = {
  readonly [K in keyof T]?: T[K] extends (...args: infer A) => Promise<infer R>
    ? (args: A, result: R) => void | Promise<void>
    : never;
};

/**
 * The store, which tells of what is written to it: whoever writes, and however it comes to it, pages hear of it after
 * it is on record, and nothing has to be asked again and again.
 */
function announced(store: Store, changes: Changes): Store {
  const run = (id: string): void => changes.tell('run', id);
  const thread = (id: string): void => changes.tell('thread', id);
  const task = (id: string): void => changes.tell('task', id);
  return {
    ...store,
    ledger: hearing(store.ledger, {
      queue: ([, { id }]) => run(id),
      begin: ([, { id }]) => run(id),
      finish: ([, id]) => run(id),
    }),
    work: (newId) => {
      const work = store.work(newId);
      return {
        ...work,
        directives: hearing(work.directives, {
          add: (_args, made) => task(made.id),
          move: ([from]) => task(from.id),
        }),
        verdicts: hearing(work.verdicts, { settle: ([, id]) => run(id) }),
      };
    },
    usage: hearing(store.usage, { settle: () => changes.tell('usage', null) }),
    conversations: (newId) => {
      const { threads, executions, approvals, leases, ...others } = store.conversations(newId);
      return {
        ...others,
        threads: hearing(threads, {
          create: (_args, made) => thread(made.id),
          begin: (_args, { thread: made }) => thread(made.id),
          createSub: (_args, made) => thread(made.id),
          update: ([, id]) => thread(id),
          name: ([, id]) => thread(id),
          pin: ([, id]) => thread(id),
          setDeleted: ([, id]) => thread(id),
          send: ([, id]) => thread(id),
          purge: (_args, purged) => {
            if (purged > 0) changes.tell('thread', null);
          },
        }),
        executions: hearing(executions, {
          move: (_args, of) => thread(of),
        }),
        approvals: hearing(approvals, {
          add: ([, { id }]) => changes.tell('approval', id),
          settle: ([, id]) => changes.tell('approval', id),
          expireDue: (_args, over) => {
            for (const { id } of over) changes.tell('approval', id);
          },
        }),
        leases: hearing(leases, { use: ([, , { id }]) => changes.tell('approval', id) }),
      };
    },
  };
}

/** Opens what the kernel keeps, and tells of what changes in it. `stack` closes it. */
export async function openAnnounced(
  { dataDir }: Config,
  stack: AsyncDisposableStack,
): Promise<{ readonly store: Store; readonly changes: Changes }> {
  const changes = stack.use(new LiveChanges<Change['type']>());
  const store = stack.use(await openStore({ dataDir, clock: systemClock }));
  return { store: announced(store, changes), changes };
}

/** Tells of plugins and settings. Disposed of, it tells no more. */
export function followChanges(host: PluginHost, settings: Settings, changes: Changes): Disposable {
  const stack = new DisposableStack();
  stack.defer(host.onEvent(({ plugin }) => changes.tell('plugin', plugin)));
  stack.defer(
    settings.subscribe('*', (keys) => {
      for (const key of keys) changes.tell('setting', key);
    }),
  );
  return stack;
}

/** The same object, of which some methods are heard. Its methods keep their own `this`. */
function hearing<T extends object>(target: T, heard: Heard<T>): T {
  const hearers = new Map<PropertyKey, unknown>(Object.entries(heard));
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value !== 'function') return value;
      const then = hearers.get(name);
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, object, args);
        if (typeof then !== 'function' || !(result instanceof Promise)) return result;
        return result.then(async (settled: unknown) => {
          await Reflect.apply(then, undefined, [args, settled]);
          return settled;
        });
      };
    },
  });
}
