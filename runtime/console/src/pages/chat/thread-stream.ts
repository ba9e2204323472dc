import { isRecord } from '../../api/api-error.ts';
import type { Snapshot, ThreadEvent } from './conversation.ts';

interface ThreadListener {
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onEvent: (event: ThreadEvent) => void;
}

const names = ['text', 'thinking', 'step', 'progress', 'state', 'title'] as const;
const retryMs = 1_000;

/**
 * Hears what happens in a thread until it is told to stop. The browser takes a connection that broke up again after the
 * last event it got; when the kernel cannot go on from there it begins with a snapshot. While the page is hidden nothing
 * is heard: the six connections of a browser are for the tabs that somebody looks at.
 */
export function listenThread(thread: string, listener: ThreadListener): () => void {
  let source: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let last = '';
  const close = (): void => {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  };
  const open = (): void => {
    close();
    const after = last === '' ? '' : `?after=${encodeURIComponent(last)}`;
    const opened = new EventSource(`/api/threads/${encodeURIComponent(thread)}/events${after}`);
    source = opened;
    hear(opened, listener, (id) => {
      last = id;
    });
    // A refusal ends it for the browser; the kernel may be starting.
    opened.addEventListener('error', () => {
      if (opened.readyState === EventSource.CLOSED && opened === source) retry = setTimeout(open, retryMs);
    });
  };
  const follow = (): void => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close();
  };
}

function hear(
  source: EventSource,
  { onSnapshot, onEvent }: ThreadListener,
  onId: (id: string) => void,
): void {
  const on = (name: string, tell: (data: unknown) => void): void =>
    source.addEventListener(name, ({ data, lastEventId }: MessageEvent<string>) => {
      tell(JSON.parse(data));
      if (lastEventId !== '') onId(lastEventId);
    });
  on('reset', (told) => {
    if (isSnapshot(told)) onSnapshot(told);
  });
  for (const name of names) {
    on(name, (told) => {
      if (isThreadEvent(told)) onEvent(told);
    });
  }
}

/** The kernel's own page is served by the kernel that tells: only what the page would stumble over is checked. */
function isThreadEvent(told: unknown): told is ThreadEvent {
  if (!isRecord(told)) return false;
  const { type, message } = told;
  if (type === 'title') return typeof told['title'] === 'string';
  if (typeof message !== 'string') return false;
  if (type === 'step') return isRecord(told['step']);
  if (type === 'progress') return typeof told['progress'] === 'number';
  return type === 'state' || typeof told['delta'] === 'string';
}

function isSnapshot(told: unknown): told is Snapshot {
  return (
    isRecord(told) &&
    Array.isArray(told['messages']) &&
    (told['partial'] === null || isRecord(told['partial']))
  );
}
