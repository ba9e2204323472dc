import { Button } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorView } from './error-view.tsx';
import { Loading } from './loading.tsx';
import { VirtualList } from './virtual-list.tsx';

interface PagedListProps<T> {
  readonly pages: UseInfiniteQueryResult<InfiniteData<readonly T[]>>;
  /** What is listed, in the plural: "tasks". */
  readonly what: string;
  readonly keyOf: (item: T) => string | number;
  /** Height of a row before it was measured, in pixels. */
  readonly rowHeight: number;
  /** In place of the list when there is nothing in it. */
  readonly empty: ReactNode;
  readonly children: (item: T) => ReactNode;
}

/** A list that is read page by page, the latest first. */
export function PagedList<T>({ pages, what, keyOf, rowHeight, empty, children }: PagedListProps<T>) {
  if (pages.isPending) return <Loading what={what} rows={6} />;
  if (pages.isError) return <ErrorView error={pages.error} onRetry={() => void pages.refetch()} />;
  const items = pages.data.pages.flat();
  if (items.length === 0) return empty;
  return (
    <div>
      <VirtualList
        items={items}
        keyOf={keyOf}
        rowHeight={rowHeight}
        height="min(68dvh, 48rem)"
        label={`List of ${what}`}
      >
        {children}
      </VirtualList>
      {pages.hasNextPage && (
        <Button
          mt="sm"
          variant="subtle"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Earlier {what}
        </Button>
      )}
    </div>
  );
}
