import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { listenLive } from './live-source.ts';

/** Which queries an event makes stale; the first word of a query's key is its area. */
const areasOf: Readonly<Record<string, readonly string[]>> = {
  plugin: ['plugins', 'tools', 'commands', 'overview', 'settings'],
  run: ['runs', 'overview', 'timeline'],
  approval: ['approvals', 'overview', 'leases', 'timeline'],
  thread: ['threads', 'overview'],
  task: ['tasks', 'schedules', 'overview', 'timeline'],
  // Settings decide what plugins run with, and of which tools the assistant asks.
  setting: ['settings', 'plugins', 'tools', 'models', 'overview', 'persona', 'timeline'],
  alert: ['overview', 'usage'],
  usage: ['usage', 'overview'],
};

/** Events come in bursts; queries are read again at most this often, in milliseconds. */
const gatherMs = 250;

const LinkContext = createContext<boolean | undefined>(undefined);

/** Whether the events of the kernel come; undefined while that is not known yet. */
export function useIsLinked(): boolean | undefined {
  return useContext(LinkContext);
}

/** Keeps all queries below it fresh by the one event stream. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [isLinked, setLinked] = useState<boolean>();
  useEffect(() => {
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = (): void => {
      timer = undefined;
      for (const area of stale) void queries.invalidateQueries({ queryKey: [area] satisfies QueryKey });
      stale.clear();
    };
    let wasUp = false;
    const stop = listenLive({
      onEvent: (event) => {
        if (event.type === 'reset') void queries.invalidateQueries();
        for (const area of areasOf[event.type] ?? []) stale.add(area);
        if (stale.size > 0) timer ??= setTimeout(read, gatherMs);
      },
      onLink: (isUp) => {
        // What happened while nobody listened, as after the first reads of the page, is not told again.
        if (isUp && !wasUp) void queries.invalidateQueries();
        // The end of a session breaks the stream just as the end of the kernel does: only an answer tells them apart.
        if (!isUp) void queries.invalidateQueries({ queryKey: ['session'] });
        wasUp = isUp;
        setLinked(isUp);
      },
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [queries]);
  return <LinkContext value={isLinked}>{children}</LinkContext>;
}
