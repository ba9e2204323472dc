import { ActionIcon, Menu, TextInput, Title } from '@mantine/core';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import type { Thread } from '../../../../contract/threads.ts';
import { answerOf, api } from '../../api/client.ts';
import { toastDone, toastError } from '../../parts/toasts.ts';
import { AssistantSelect } from './assistant-select.tsx';
import { ModelSelect } from './model-select.tsx';
import { ThreadPins } from './thread-pins.tsx';

interface ThreadHeaderProps {
  readonly thread: Thread | undefined;
  readonly showThreads: ReactNode;
}

/** What the thread is called, and which model answers in it. */
export function ThreadHeader({ thread, showThreads }: ThreadHeaderProps) {
  const [, go] = useLocation();
  const queries = useQueryClient();
  const [isNaming, setNaming] = useState(false);
  const id = thread?.id ?? '';
  const changed = {
    onSuccess: () => queries.invalidateQueries({ queryKey: ['threads'] }),
    onError: toastError,
  };
  const change = useMutation({
    mutationFn: (json: { title?: string; model?: string | null; assistant?: string }) =>
      answerOf(api.threads[':id'].$patch({ param: { id }, json })),
    ...changed,
  });
  const remove = useMutation({
    mutationFn: () => answerOf(api.threads[':id'].$delete({ param: { id } })),
    ...changed,
  });
  const toTrash = (): void =>
    remove.mutate(undefined, {
      onSuccess: () => {
        toastDone('The thread is in the trash; Conversations brings it back.');
        go('/chat');
      },
    });
  const rename = (title: string): void => {
    setNaming(false);
    if (title.trim() !== '' && title !== thread?.title) change.mutate({ title: title.trim() });
  };
  return (
    <header className="chat-header">
      {showThreads}
      {isNaming ? (
        <NameField title={thread?.title ?? ''} onDone={rename} onCancel={() => setNaming(false)} />
      ) : (
        <Title order={1} size="h4" className="chat-title">
          {thread?.title ?? 'New thread'}
        </Title>
      )}
      {thread !== undefined && (
        <>
          <AssistantSelect value={thread.assistant} onChange={(assistant) => change.mutate({ assistant })} />
          <ThreadPins thread={thread.id} />
        </>
      )}
      <ModelSelect value={thread?.model ?? null} onChange={(model) => change.mutate({ model })} />
      <ThreadMenu onRename={() => setNaming(true)} onDelete={toTrash} />
    </header>
  );
}

interface NameFieldProps {
  readonly title: string;
  readonly onDone: (title: string) => void;
  readonly onCancel: () => void;
}

function NameField({ title, onDone, onCancel }: NameFieldProps) {
  return (
    <TextInput
      className="chat-title"
      aria-label="Title"
      defaultValue={title}
      maxLength={200}
      data-autofocus
      ref={(field) => field?.focus()}
      onBlur={(event) => onDone(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onDone(event.currentTarget.value);
        if (event.key === 'Escape') onCancel();
      }}
    />
  );
}

function ThreadMenu({
  onRename,
  onDelete,
}: {
  readonly onRename: () => void;
  readonly onDelete: () => void;
}) {
  return (
    <Menu position="bottom-end" returnFocus={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="What can be done with the thread">
          <IconDots size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onRename}>
          Rename
        </Menu.Item>
        <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={onDelete}>
          Move to the trash
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
