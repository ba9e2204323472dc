import { Button, Group, Select, Stack } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Task } from '../../../../contract/tasks.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { PagedList } from '../../parts/paged-list.tsx';
import { TaskRow } from './task-row.tsx';

const pageSize = 100;

const kinds = { execution: 'Answers', directive: 'Calls and schedules' } as const;
const states = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  canceled: 'Canceled',
  unknown: 'Nobody knows',
} as const;

interface Filter {
  readonly kind: Task['kind'] | null;
  readonly state: keyof typeof states | null;
}

/** The tasks that have not ended, or all of them. */
export function TaskList({ isQueue }: { readonly isQueue: boolean }) {
  const [filter, setFilter] = useState<Filter>({ kind: null, state: null });
  const { kind, state } = filter;
  const pages = useInfiniteQuery({
    queryKey: ['tasks', isQueue, kind, state],
    initialPageParam: '',
    queryFn: ({ pageParam: before, signal }) => {
      const query = {
        limit: String(pageSize),
        open: isQueue ? ('true' as const) : ('false' as const),
        ...(kind !== null && { kind }),
        ...(state !== null && !isQueue && { state }),
        ...(before !== '' && { before }),
      };
      return answerOf(api.tasks.$get({ query }, { init: { signal } }));
    },
    getNextPageParam: (last: readonly Task[]) => (last.length < pageSize ? undefined : last.at(-1)?.id),
  });
  return (
    <Stack>
      <Group>
        <Select
          label="Kind"
          placeholder="All"
          clearable
          w={200}
          data={optionsOf(kinds)}
          value={kind}
          onChange={(next) => setFilter({ ...filter, kind: next })}
        />
        {!isQueue && (
          <Select
            label="Outcome"
            placeholder="All"
            clearable
            w={200}
            data={optionsOf(states)}
            value={state}
            onChange={(next) => setFilter({ ...filter, state: next })}
          />
        )}
      </Group>
      <PagedList
        pages={pages}
        what="tasks"
        keyOf={({ id }) => id}
        rowHeight={56}
        empty={<NoTasks isQueue={isQueue} />}
      >
        {(task) => <TaskRow task={task} />}
      </PagedList>
    </Stack>
  );
}

function optionsOf<K extends string>(labels: Readonly<Record<K, string>>) {
  // Keys of a literal object are its own.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (Object.keys(labels) as K[]).map((value) => ({ value, label: labels[value] }));
}

function NoTasks({ isQueue }: { readonly isQueue: boolean }) {
  return (
    <EmptyState
      icon={IconListCheck}
      title={isQueue ? 'Nothing is being done' : 'Nothing of this kind was done'}
      text="Every answer of the assistant and every call that changes something is a task: it can be stopped while it runs, and done again when it has failed."
    >
      <Button component={Link} href="/chat" variant="default">
        Ask for something
      </Button>
    </EmptyState>
  );
}
