import { Group, SegmentedControl, Select, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { EmptyTrash } from '../../parts/empty-trash.tsx';
import { Page, type PageParams } from '../../parts/page.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { ConversationList } from './conversation-list.tsx';
import { isOrder, orders, type Order } from './orders.ts';

const typingMs = 200;

/** All conversations: found by what was said in them, put in order, thrown away and taken back. */
export function ConversationsPage({ params }: PageParams) {
  const [, go] = useLocation();
  const [said, setSaid] = useState('');
  const [search] = useDebouncedValue(said.trim(), typingMs);
  const [order, setOrder] = useState<Order>('latest');
  const isTrash = params['view'] === 'trash';
  return (
    <Page
      title="Conversations"
      text={
        isTrash ? 'What was thrown away stays here until it is deleted for good.' : 'All that was ever said.'
      }
      actions={
        isTrash && (
          <EmptyTrash
            of="threads"
            text="All conversations in the trash, and messages that an edit cut off, are deleted for good."
          />
        )
      }
    >
      <Stack>
        <Group align="flex-end">
          <SearchField
            className="conversations-search"
            label="Search"
            placeholder="Words of a title or a message"
            value={said}
            onSearch={setSaid}
          />
          <Select
            label="Order"
            w={170}
            allowDeselect={false}
            data={Object.entries(orders).map(([value, { label }]) => ({ value, label }))}
            value={order}
            onChange={(next) => isOrder(next) && setOrder(next)}
          />
          <SegmentedControl
            aria-label="Which conversations"
            data={[
              { value: 'kept', label: 'Kept' },
              { value: 'trash', label: 'Trash' },
            ]}
            value={isTrash ? 'trash' : 'kept'}
            onChange={(view) => go(view === 'trash' ? '/conversations/trash' : '/conversations')}
          />
        </Group>
        <ConversationList key={`${isTrash} ${search}`} isTrash={isTrash} search={search} order={order} />
      </Stack>
    </Page>
  );
}
