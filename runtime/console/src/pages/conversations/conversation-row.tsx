import { ActionIcon, Anchor, Checkbox, Menu } from '@mantine/core';
import { IconArrowBackUp, IconDots, IconFileText, IconJson, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Thread } from '../../../../contract/threads.ts';
import { Time } from '../../parts/time.tsx';
import { toastError } from '../../parts/toasts.ts';
import { setInTrash } from './set-in-trash.ts';
import { untitled } from './orders.ts';

interface ConversationRowProps {
  readonly thread: Thread;
  readonly isChosen: boolean;
  readonly onChoose: (id: string) => void;
}

export function ConversationRow({ thread, isChosen, onChoose }: ConversationRowProps) {
  const { id, kind, assistant, updatedAt, deletedAt } = thread;
  const title = thread.title ?? untitled;
  return (
    <div className="conversation" data-chosen={isChosen}>
      <Checkbox checked={isChosen} onChange={() => onChoose(id)} aria-label={`Choose: ${title}`} />
      <div className="conversation-words">
        {deletedAt === null ? (
          <Anchor component={Link} href={`/chat/${id}`} className="conversation-title" c="inherit">
            {title}
          </Anchor>
        ) : (
          <span className="conversation-title">{title}</span>
        )}
        <span className="conversation-about">
          {assistant}
          {kind === 'tool' && ', a sub-agent'} · <Time at={deletedAt ?? updatedAt} />
        </span>
      </div>
      <RowMenu thread={thread} title={title} />
    </div>
  );
}

function RowMenu({ thread: { id, deletedAt }, title }: { readonly thread: Thread; readonly title: string }) {
  const queries = useQueryClient();
  const isTrash = deletedAt !== null;
  const move = useMutation({
    mutationFn: () => setInTrash(id, !isTrash),
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['threads'] }),
  });
  const file = `/api/threads/${encodeURIComponent(id)}/export`;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          loading={move.isPending}
          aria-label={`What can be done with ${title}`}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          component="a"
          href={`${file}?format=markdown`}
          download
          leftSection={<IconFileText size={16} />}
        >
          Export as Markdown
        </Menu.Item>
        <Menu.Item component="a" href={`${file}?format=json`} download leftSection={<IconJson size={16} />}>
          Export as JSON
        </Menu.Item>
        <Menu.Item
          leftSection={isTrash ? <IconArrowBackUp size={16} /> : <IconTrash size={16} />}
          onClick={() => move.mutate()}
        >
          {isTrash ? 'Take it back' : 'Move to the trash'}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
