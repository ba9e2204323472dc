import { ActionIcon, Drawer } from '@mantine/core';
import { IconLayoutSidebar } from '@tabler/icons-react';
import { useEffect } from 'react';
import type { PageParams } from '../../parts/page.tsx';
import { useDrawer } from '../../parts/use-drawer.ts';
import { NewThread } from './new-thread.tsx';
import { ThreadList } from './thread-list.tsx';
import { ThreadView } from './thread-view.tsx';
import './chat.css';

/** Conversations with the assistant: all threads, and the one that is open. */
export function ChatPage({ params }: PageParams) {
  const { thread } = params;
  const { isOpen, open, close, leave } = useDrawer();
  useEffect(() => {
    if (thread === undefined) document.title = 'Chat · Nexus';
  }, [thread]);
  const showThreads = (
    <ActionIcon
      className="chat-show-threads"
      variant="subtle"
      color="gray"
      size="lg"
      aria-label="Threads"
      onClick={open}
    >
      <IconLayoutSidebar size={20} aria-hidden />
    </ActionIcon>
  );
  return (
    <div className="chat">
      <aside className="chat-threads" aria-label="Threads">
        <ThreadList current={thread} />
      </aside>
      <Drawer opened={isOpen} onClose={close} title="Threads" size="20rem">
        <div className="chat-drawer">
          <ThreadList current={thread} onLeave={leave} />
        </div>
      </Drawer>
      {thread === undefined ? (
        <NewThread showThreads={showThreads} />
      ) : (
        <ThreadView key={thread} thread={thread} showThreads={showThreads} />
      )}
    </div>
  );
}
