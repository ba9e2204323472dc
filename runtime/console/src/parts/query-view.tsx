import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorView } from './error-view.tsx';
import { Loading } from './loading.tsx';

interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  /** What is loaded, in the plural: "plugins". */
  readonly what: string;
  readonly rows?: number;
  readonly children: (data: T) => ReactNode;
}

/** The three faces of a read: loading, failed, there. What was there stays while it is read again. */
export function QueryView<T>({ query, what, rows = 4, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading what={what} rows={rows} />;
}
