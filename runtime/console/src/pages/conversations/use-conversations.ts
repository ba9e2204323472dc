import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { orders, type Order } from './orders.ts';

const pageSize = 200;
/** More than these are not read to put them in order. */
const mostRead = 10_000;

/** The threads that fit, in an order; `latest` is read page by page, any other needs all of them. */
export function useConversations(isTrash: boolean, search: string, order: Order) {
  const pages = useInfiniteQuery({
    queryKey: ['threads', 'all', isTrash, search],
    initialPageParam: '',
    queryFn: ({ pageParam: before, signal }) => {
      const query = {
        limit: pageSize,
        deleted: isTrash ? ('true' as const) : ('false' as const),
        ...(search !== '' && { search }),
        ...(before !== '' && { before }),
      };
      return answerOf(api.threads.$get({ query }, { init: { signal } }));
    },
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)?.id),
  });
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  const threads = (pages.data?.pages.flat() ?? []).toSorted(orders[order].compare);
  const isReading = order !== 'latest' && hasNextPage && threads.length < mostRead && !pages.isError;
  useEffect(() => {
    if (isReading && !isFetching) void fetchNextPage();
  }, [isReading, isFetching, fetchNextPage]);
  return { pages, threads, isReading };
}
