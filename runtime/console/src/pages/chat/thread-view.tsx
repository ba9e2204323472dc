import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import type { SaidBlock } from '../../../../contract/threads.ts';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { toastError } from '../../parts/toasts.ts';
import { attachmentsOf } from './attachments.tsx';
import { Composer, type Said } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { wordsOf, type Message } from './message.ts';
import { ThreadHeader } from './thread-header.tsx';
import { answerUnderWay, useConversation } from './use-conversation.ts';

interface ThreadViewProps {
  readonly thread: string;
  readonly showThreads: ReactNode;
}

/** One thread: what was said, what is being said, and where to say more. */
export function ThreadView({ thread, showThreads }: ThreadViewProps) {
  const open = useConversation(thread);
  const { conversation, isLoaded, error, add } = open;
  const [editing, setEditing] = useState<Message | null>(null);
  const queries = useQueryClient();
  const underWay = answerUnderWay(conversation);
  const about = useThread(thread);
  const send = useMutation({
    mutationFn: async ({ content }: Said) => {
      const sent = await say(thread, content, editing, underWay !== undefined);
      setEditing(null);
      add([sent.message, sent.answer].filter((message) => message !== null));
      void queries.invalidateQueries({ queryKey: ['threads'] });
    },
  });
  const stop = useMutation({
    mutationFn: (id: string) => answerOf(api.executions[':id'].cancel.$post({ param: { id } })),
    onError: toastError,
  });
  const execution = underWay?.execution ?? null;
  return (
    <section className="chat-view" aria-label={about.data?.title ?? 'Thread'}>
      <ThreadHeader thread={about.data} showThreads={showThreads} />
      {error !== null && !isLoaded ? (
        <div className="chat-start">
          <ErrorView error={error} />
        </div>
      ) : isLoaded ? (
        <MessageList open={open} onEdit={setEditing} />
      ) : (
        <div className="chat-start">
          <Loading what="the thread" />
        </div>
      )}
      <Composer
        key={editing?.id ?? ''}
        {...(editing !== null && { draft: wordsOf(editing), given: attachmentsOf(editing) })}
        isBusy={send.isPending}
        onSend={(said) => send.mutateAsync(said)}
        {...(execution !== null && { onStop: () => stop.mutate(execution), isStopping: stop.isPending })}
        {...(editing !== null && { onKeep: () => setEditing(null) })}
      />
    </section>
  );
}

/** Something new, into the turn under way when there is one; or what was said before, changed. */
async function say(thread: string, content: SaidBlock[], editing: Message | null, steer: boolean) {
  const { messages } = api.threads[':id'];
  if (editing === null)
    return await answerOf(messages.$post({ param: { id: thread }, json: { content, steer } }));
  const param = { id: thread, message: editing.id };
  return await answerOf(messages[':message'].resend.$post({ param, json: { content } }));
}

function useThread(id: string) {
  const thread = useQuery({
    queryKey: ['threads', 'one', id],
    queryFn: () => answerOf(api.threads[':id'].$get({ param: { id } })),
  });
  const title = thread.data?.title ?? 'Chat';
  useEffect(() => {
    document.title = `${title} · Nexus`;
  }, [title]);
  return thread;
}
