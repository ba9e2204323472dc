import { Button, Stack } from '@mantine/core';
import { IconTimeline } from '@tabler/icons-react';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { PagedList } from '../../parts/paged-list.tsx';
import { ChainState } from './chain-state.tsx';
import { filterOf, queryOf, TimelineFilters, type Filter } from './timeline-filters.tsx';
import { TimelineRow } from './timeline-row.tsx';
import './timeline.css';

const pageSize = 200;

/** What happened, in order, and whether anybody has changed the record of it. */
export function TimelinePage() {
  const [search, setSearch] = useSearchParams();
  const filter = filterOf(search);
  const queries = useQueryClient();
  const pages = useEntries(filter);
  const change = (next: Filter): void => setSearch(searchOf(next), { replace: true });
  return (
    <Page
      title="Timeline"
      text="Signals, directives, calls, approvals and changed settings. What is here is never changed."
      actions={
        <Button
          variant="default"
          onClick={() => void queries.invalidateQueries({ queryKey: ['timeline'] })}
          loading={pages.isRefetching}
        >
          Read again
        </Button>
      }
    >
      <ChainState />
      <Stack gap="sm">
        <TimelineFilters filter={filter} onChange={change} />
        <PagedList
          pages={pages}
          what="entries"
          keyOf={({ seq }) => seq}
          rowHeight={44}
          empty={
            search.size === 0 ? (
              <EmptyState
                icon={IconTimeline}
                title="Nothing has happened yet"
                text="Run a tool, or talk to the assistant: every call and every change is on record here."
              />
            ) : (
              <EmptyState
                icon={IconTimeline}
                title="Nothing is here"
                text="What fits the filters did not happen. Choose others."
              />
            )
          }
        >
          {(entry) => (
            <TimelineRow
              entry={entry}
              onFollow={(ref) => change({ kind: null, text: '', ref, from: null, to: null })}
            />
          )}
        </PagedList>
      </Stack>
    </Page>
  );
}

function useEntries(filter: Filter) {
  return useInfiniteQuery({
    queryKey: ['timeline', 'entries', filter],
    initialPageParam: '',
    queryFn: ({ pageParam: before, signal }) => {
      const query = { limit: String(pageSize), ...queryOf(filter), ...(before !== '' && { before }) };
      return answerOf(api.timeline.$get({ query }, { init: { signal } }));
    },
    getNextPageParam: (last) => (last.length < pageSize ? undefined : String(last.at(-1)?.seq)),
  });
}

function searchOf(filter: Filter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value]],
    ),
  );
}
