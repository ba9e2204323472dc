import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { SearchField } from '../../parts/search-field.tsx';
import { Time } from '../../parts/time.tsx';

const pageSize = 50;
const typingMs = 200;

interface ThreadListProps {
  readonly current: string | undefined;
  /** Of a drawer, whose place in the history a link takes. */
  readonly onLeave?: () => void;
}

/** All threads, the latest first, found by what was said in them. */
export function ThreadList({ current, onLeave }: ThreadListProps) {
  const [said, setSaid] = useState('');
  const [search] = useDebouncedValue(said.trim(), typingMs);
  return (
    <>
      <Button
        renderRoot={(props) => <Link {...props} href="/chat" replace={onLeave !== undefined} />}
        leftSection={<IconPlus size={18} aria-hidden />}
        onClick={() => onLeave?.()}
      >
        New chat
      </Button>
      <SearchField aria-label="Search threads" placeholder="Search threads" value={said} onSearch={setSaid} />
      <FoundThreads search={search} current={current} onLeave={onLeave} />
    </>
  );
}

interface FoundThreadsProps {
  readonly search: string;
  readonly current: string | undefined;
  readonly onLeave: (() => void) | undefined;
}

function FoundThreads({ search, current, onLeave }: FoundThreadsProps) {
  const threads = useThreads(search);
  const all = threads.data?.pages.flat() ?? [];
  return (
    <div className="chat-threads-scroll">
      {threads.error !== null && <ErrorView error={threads.error} onRetry={() => void threads.refetch()} />}
      {threads.isPending && <Loading what="threads" rows={6} height={44} />}
      <ul className="chat-thread-list">
        {all.map(({ id, title, updatedAt }) => (
          <li key={id}>
            <Link
              href={`/chat/${id}`}
              className={id === current ? 'chat-thread is-active' : 'chat-thread'}
              {...(id === current && { 'aria-current': 'page' as const })}
              onClick={() => onLeave?.()}
              replace={onLeave !== undefined}
            >
              <span className="chat-thread-title">{title ?? 'New thread'}</span>
              <span className="chat-thread-time">
                <Time at={updatedAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {threads.isSuccess && all.length === 0 && (
        <p className="chat-threads-none">
          {search === '' ? 'What you talk about will be listed here.' : 'Nothing was said with these words.'}
        </p>
      )}
      {threads.hasNextPage && (
        <Button
          variant="subtle"
          loading={threads.isFetchingNextPage}
          onClick={() => void threads.fetchNextPage()}
        >
          Older threads
        </Button>
      )}
    </div>
  );
}

function useThreads(search: string) {
  return useInfiniteQuery({
    queryKey: ['threads', 'list', search],
    initialPageParam: '',
    queryFn: ({ pageParam: before }) => {
      const query = { limit: pageSize, ...(search !== '' && { search }), ...(before !== '' && { before }) };
      return answerOf(api.threads.$get({ query }));
    },
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)?.id),
  });
}
