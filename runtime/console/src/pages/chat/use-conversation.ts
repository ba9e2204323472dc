import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useReducer, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import {
  applyEvent,
  applyRead,
  applySnapshot,
  emptyConversation,
  type Conversation,
  type Snapshot,
  type ThreadEvent,
} from './conversation.ts';
import { isOver, type Message } from './message.ts';
import { listenThread } from './thread-stream.ts';

const pageSize = 100;

type Action =
  | { readonly type: 'read'; readonly messages: readonly Message[]; readonly now: number }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'event'; readonly event: ThreadEvent; readonly now: number };

function reduce(conversation: Conversation, action: Action): Conversation {
  if (action.type === 'read') return applyRead(conversation, action.messages, action.now);
  if (action.type === 'snapshot') return applySnapshot(conversation, action.snapshot);
  return applyEvent(conversation, action.event, action.now);
}

export interface OpenConversation {
  readonly conversation: Conversation;
  readonly isLoaded: boolean;
  readonly error: unknown;
  /** Whether there are messages before the first one shown. */
  readonly hasOlder: boolean;
  readonly readOlder: () => Promise<void>;
  /** Puts messages on the page that an answer of the kernel told of. */
  readonly add: (messages: readonly Message[]) => void;
}

function readPage(thread: string, before?: string): Promise<readonly Message[]> {
  const query = { limit: pageSize, ...(before === undefined ? {} : { before }) };
  return answerOf(api.threads[':id'].messages.$get({ param: { id: thread }, query }));
}

/** One thread as it is now, kept up to date. Mounted anew for each thread. */
export function useConversation(thread: string): OpenConversation {
  const [conversation, act] = useReducer(reduce, emptyConversation);
  const [isLoaded, setLoaded] = useState(false);
  const [hasOlder, setHasOlder] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const add = useCallback(
    (messages: readonly Message[]) => act({ type: 'read', messages, now: Date.now() }),
    [],
  );
  const onTitle = useCallback(() => void queries.invalidateQueries({ queryKey: ['threads'] }), [queries]);
  useEffect(
    () =>
      follow(thread, {
        act,
        onTitle,
        onRead: (messages, isFirst) => {
          add(messages);
          if (isFirst) setHasOlder(messages.length === pageSize);
          setLoaded(true);
          setError(null);
        },
        onError: setError,
      }),
    [thread, add, onTitle],
  );
  const hasEarly = conversation.early.length > 0;
  useEffect(() => {
    if (hasEarly) void readPage(thread).then(add, setError);
  }, [hasEarly, thread, add]);
  const first = conversation.messages[0]?.id;
  const readOlder = useCallback(async () => {
    const messages = await readPage(thread, first);
    setHasOlder(messages.length === pageSize);
    add(messages);
  }, [thread, first, add]);
  return { conversation, isLoaded, error, hasOlder, readOlder, add };
}

interface Follower {
  readonly act: (action: Action) => void;
  readonly onTitle: () => void;
  readonly onRead: (messages: readonly Message[], isFirst: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** Reads a thread whenever its stream begins anew, and hears what follows. Returns the end of it. */
function follow(thread: string, { act, onTitle, onRead, onError }: Follower): () => void {
  let isOpen = true;
  let isFirst = true;
  const read = async (): Promise<void> => {
    try {
      const messages = await readPage(thread);
      if (!isOpen) return;
      onRead(messages, isFirst);
      isFirst = false;
    } catch (error) {
      if (isOpen) onError(error);
    }
  };
  const stop = listenThread(thread, {
    onSnapshot: (snapshot) => {
      act({ type: 'snapshot', snapshot });
      void read();
    },
    onEvent: (event) => {
      act({ type: 'event', event, now: Date.now() });
      // What an answer took, and which model gave it, is on record when it is over.
      if (event.type === 'state' && event.state !== 'RUNNING') void read();
      if (event.type === 'title') onTitle();
    },
  });
  return () => {
    isOpen = false;
    stop();
  };
}

/** The answer that is under way, or waits for a person. */
export function answerUnderWay({ messages }: Conversation): Message | undefined {
  return messages.findLast((message) => message.role === 'assistant' && !isOver(message));
}
