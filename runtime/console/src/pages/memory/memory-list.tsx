import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconBrain, IconSearch, IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { MemoryRow } from './memory-row.tsx';
import { NewMemory } from './new-memory.tsx';
import './memory.css';

const typingMs = 200;
const pageSize = 50;
const trusts = [
  { value: 'all', label: 'All' },
  { value: 'person', label: 'Yours' },
  { value: 'assistant', label: 'Of assistants' },
  { value: 'untrusted', label: 'Of unknown origin' },
];

/** The memories there are, or those in the trash. */
export function MemoryList({ isTrash }: { readonly isTrash: boolean }) {
  const [said, setSaid] = useState('');
  const [search] = useDebouncedValue(said.trim(), typingMs);
  const [trust, setTrust] = useState('all');
  const memories = useMemories({ isTrash, search, trust });
  return (
    <Stack>
      {!isTrash && <NewMemory />}
      <Group align="flex-end">
        <SearchField
          className="memory-search"
          label="Search"
          placeholder="Words of a memory"
          value={said}
          onSearch={setSaid}
        />
        <SegmentedControl
          className="memory-trusts"
          aria-label="Whose memories"
          data={trusts}
          value={trust}
          onChange={setTrust}
        />
      </Group>
      {memories.isPending && <Loading what="memories" />}
      {memories.isError && <ErrorView error={memories.error} onRetry={() => void memories.refetch()} />}
      {memories.data?.pages[0]?.length === 0 && (
        <NoMemories isTrash={isTrash} isFiltered={search !== '' || trust !== 'all'} />
      )}
      <ul className="memory-list">
        {memories.data?.pages.flat().map((memory) => (
          <MemoryRow key={memory.id} memory={memory} />
        ))}
      </ul>
      {memories.hasNextPage && (
        <Button
          variant="subtle"
          loading={memories.isFetchingNextPage}
          onClick={() => void memories.fetchNextPage()}
        >
          Earlier memories
        </Button>
      )}
    </Stack>
  );
}

interface Wanted {
  readonly isTrash: boolean;
  readonly search: string;
  readonly trust: string;
}

function useMemories({ isTrash, search, trust }: Wanted) {
  return useInfiniteQuery({
    queryKey: ['memories', isTrash, search, trust],
    initialPageParam: '',
    queryFn: ({ pageParam: before }) =>
      answerOf(
        api.memories.$get({
          query: {
            deleted: isTrash ? 'true' : 'false',
            limit: pageSize,
            ...(search === '' ? {} : { search }),
            ...(trust === 'person' || trust === 'assistant' || trust === 'untrusted' ? { trust } : {}),
            ...(before === '' ? {} : { before }),
          },
        }),
      ),
    // What was searched comes by relevance, in one page.
    getNextPageParam: (last) =>
      search !== '' || last.length < pageSize ? undefined : (last.at(-1)?.id ?? undefined),
  });
}

function NoMemories({ isTrash, isFiltered }: { readonly isTrash: boolean; readonly isFiltered: boolean }) {
  if (isFiltered)
    return (
      <EmptyState icon={IconSearch} title="Nothing was found" text="No memory fits what you look for." />
    );
  if (isTrash)
    return (
      <EmptyState
        icon={IconTrash}
        title="The trash is empty"
        text="A memory you throw away can be taken back from here."
      />
    );
  return (
    <EmptyState
      icon={IconBrain}
      title="Nothing is kept in mind yet"
      text="Write above what assistants should always know, or ask one to remember something."
    />
  );
}
