import { Button, Group, Text, Title } from '@mantine/core';
import { IconMessageOff, IconMessages } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { SaidBlock, Thread } from '../../../../contract/threads.ts';
import { ApiError } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { toastError } from '../../parts/toasts.ts';
import { useChange } from '../../parts/use-change.ts';
import { attachmentsOf } from './attachments.tsx';
import { Composer, type Said } from './composer.tsx';
import { MessageList } from './message-list.tsx';
import { wordsOf, type Message } from './message.ts';
import { ThreadHeader } from './thread-header.tsx';
import { answerUnderWay, useConversation, type OpenConversation } from './use-conversation.ts';

interface ThreadViewProps {
  readonly thread: string;
  readonly showThreads: ReactNode;
}

/** One thread; or that there is none, which is asked once. */
export function ThreadView({ thread, showThreads }: ThreadViewProps) {
  const about = useThread(thread);
  if (about.error instanceof ApiError && about.error.status === 404)
    return <NoThread showThreads={showThreads} />;
  return <OpenThread thread={thread} about={about.data} showThreads={showThreads} />;
}

function NoThread({ showThreads }: Pick<ThreadViewProps, 'showThreads'>) {
  return (
    <section className="chat-view" aria-label="No such conversation">
      <header className="chat-header">
        {showThreads}
        <Title order={1} size="h4" className="chat-title">
          Chat
        </Title>
      </header>
      <div className="chat-start">
        <EmptyState
          icon={IconMessageOff}
          title="There is no such conversation"
          text="It was deleted for good, or its address is not complete. Those that are there, and the trash, are in Conversations."
        >
          <Group justify="center">
            <Button component={Link} href="/chat">
              New chat
            </Button>
            <Button component={Link} href="/conversations" variant="default">
              Conversations
            </Button>
          </Group>
        </EmptyState>
      </div>
    </section>
  );
}

interface OpenThreadProps extends ThreadViewProps {
  readonly about: Thread | undefined;
}

/** What was said, what is being said, and where to say more. */
function OpenThread({ thread, about, showThreads }: OpenThreadProps) {
  const open = useConversation(thread);
  const { conversation, add } = open;
  // Undefined: nothing was changed yet since the thread was opened.
  const [edited, setEditing] = useState<Message | null>();
  const editing = edited ?? null;
  const queries = useQueryClient();
  const underWay = answerUnderWay(conversation);
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
    <section className="chat-view" aria-label={about?.title ?? 'Thread'}>
      <ThreadHeader thread={about} showThreads={showThreads} />
      <Messages open={open} onEdit={underWay === undefined ? setEditing : null} />
      {about?.deletedAt != null ? (
        <InTrash thread={thread} />
      ) : (
        <Composer
          key={editing?.id ?? ''}
          {...(editing === null
            ? { keptAs: thread }
            : { draft: wordsOf(editing), given: attachmentsOf(editing) })}
          takesFocus={edited !== undefined}
          isBusy={send.isPending}
          onSend={(said) => send.mutateAsync(said)}
          {...(execution !== null && { onStop: () => stop.mutate(execution), isStopping: stop.isPending })}
          {...(editing !== null && { onKeep: () => setEditing(null) })}
        />
      )}
    </section>
  );
}

function Messages({
  open,
  onEdit,
}: {
  readonly open: OpenConversation;
  readonly onEdit: ((message: Message) => void) | null;
}) {
  const isEmpty = open.conversation.messages.length === 0;
  if (open.isLoaded && !isEmpty) return <MessageList open={open} onEdit={onEdit} />;
  return (
    <div className="chat-start">
      {open.isLoaded ? (
        <EmptyState
          icon={IconMessages}
          title="Nothing was said here yet"
          text="Say something below. The assistant answers here, and shows what it does meanwhile."
        />
      ) : open.error === null ? (
        <Loading what="the thread" />
      ) : (
        <ErrorView error={open.error} />
      )}
    </div>
  );
}

/** Nothing more is said in it until it is taken back. */
function InTrash({ thread }: Pick<ThreadViewProps, 'thread'>) {
  const restore = useChange(
    'threads',
    () => answerOf(api.threads[':id'].restore.$post({ param: { id: thread } })),
    'The conversation is out of the trash',
  );
  return (
    <Group className="chat-in-trash" justify="center" p="md">
      <Text size="sm">This conversation is in the trash.</Text>
      <Button size="compact-md" loading={restore.isPending} onClick={() => restore.mutate()}>
        Take it back
      </Button>
    </Group>
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
