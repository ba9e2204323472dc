import { Button, Text } from '@mantine/core';
import { IconMessages, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { ConversationRow } from './conversation-row.tsx';
import type { Order } from './orders.ts';
import { SelectionBar } from './selection-bar.tsx';
import { useConversations } from './use-conversations.ts';
import './conversations.css';

interface ConversationListProps {
  readonly isTrash: boolean;
  readonly search: string;
  readonly order: Order;
}

/** The threads that fit, with what can be done to those that are chosen. */
export function ConversationList({ isTrash, search, order }: ConversationListProps) {
  const { pages, threads, isReading } = useConversations(isTrash, search, order);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  if (pages.isPending) return <Loading what="conversations" rows={6} />;
  if (pages.isError) return <ErrorView error={pages.error} onRetry={() => void pages.refetch()} />;
  if (threads.length === 0) return <NoConversations isTrash={isTrash} search={search} />;
  const choose = (id: string): void => setChosen((all) => all.symmetricDifference(new Set([id])));
  const ids = threads.map(({ id }) => id);
  return (
    <div>
      <SelectionBar isTrash={isTrash} ids={ids} chosen={chosen} onChoose={setChosen} />
      <VirtualList
        items={threads}
        keyOf={({ id }) => id}
        rowHeight={60}
        height="min(64dvh, 44rem)"
        label="Conversations"
      >
        {(thread) => <ConversationRow thread={thread} isChosen={chosen.has(thread.id)} onChoose={choose} />}
      </VirtualList>
      {isReading ? (
        <Text size="sm" c="dimmed" role="status" p="sm">
          {threads.length} are here, the rest is being read…
        </Text>
      ) : (
        pages.hasNextPage && (
          <Button
            variant="subtle"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Earlier conversations
          </Button>
        )
      )}
    </div>
  );
}

function NoConversations({ isTrash, search }: Omit<ConversationListProps, 'order'>) {
  if (search !== '')
    return (
      <EmptyState
        icon={IconMessages}
        title="Nothing was found"
        text="Nobody said this, and no title has it."
      />
    );
  if (isTrash)
    return (
      <EmptyState
        icon={IconTrash}
        title="The trash is empty"
        text="What you throw away can be taken back from here."
      />
    );
  return (
    <EmptyState
      icon={IconMessages}
      title="There are no conversations yet"
      text="What you talk about with the assistant is kept, and can be searched and exported here."
    >
      <Button component={Link} href="/chat">
        Begin one
      </Button>
    </EmptyState>
  );
}
