import { Anchor, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Task } from '../../../../contract/tasks.ts';
import { answerOf, api } from '../../api/client.ts';
import { JsonView } from '../../parts/code-view.tsx';
import { Facts } from '../../parts/facts.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { lengthOf, Time } from '../../parts/time.tsx';
import { Reconcile } from './reconcile.tsx';

/** What happened to a task, and what its last call was given and gave. */
export function TaskDetail({ task }: { readonly task: Task }) {
  const { id, state, run } = task;
  const detail = useQuery({
    queryKey: ['tasks', id],
    queryFn: () => answerOf(api.tasks[':id'].$get({ param: { id } })),
  });
  return (
    <Stack gap="sm" className="task-detail">
      <Facts facts={factsOf(task)} />
      {state === 'unknown' && run !== null && <Reconcile run={run} />}
      <QueryView query={detail} what="what happened" rows={1}>
        {({ history }) => (
          <ol className="task-history">
            {history.map(({ at, what, detail: more }, index) => (
              // They are in the order in which they happened, and only added to.
              // oxlint-disable-next-line react/no-array-index-key
              <li key={index}>
                <Time at={at} /> · {what.replaceAll('_', ' ')}
                {more !== null && `: ${more}`}
              </li>
            ))}
          </ol>
        )}
      </QueryView>
      {run !== null && <TaskRun run={run} />}
    </Stack>
  );
}

function factsOf(task: Task): readonly (readonly [string, ReactNode])[] {
  const { kind, attempts, runAt, thread, reason, startedAt, endedAt } = task;
  const facts: readonly (readonly [string, ReactNode] | null)[] = [
    reason === null ? null : ['Why', reason],
    startedAt === null || endedAt === null ? null : ['It took', lengthOf(endedAt - startedAt)],
    startedAt === null && runAt !== null ? ['Not before', <Time key="at" at={runAt} />] : null,
    kind === 'directive' ? ['Attempts', attempts] : null,
    thread === null
      ? null
      : [
          'In',
          <Anchor key="thread" component={Link} href={`/chat/${thread}`} underline="always" inherit>
            its conversation
          </Anchor>,
        ],
  ];
  return facts.filter((fact) => fact !== null);
}

function TaskRun({ run: id }: { readonly run: string }) {
  const run = useQuery({
    queryKey: ['runs', id],
    queryFn: () => answerOf(api.runs[':id'].$get({ param: { id } })),
  });
  return (
    <QueryView query={run} what="its call" rows={1}>
      {({ plugin, tool, args, result, error }) => (
        <Stack gap="xs">
          <Text size="sm" fw={600}>
            The call of {tool} of{' '}
            <Anchor component={Link} href={`/plugins/${plugin}`} underline="always" inherit>
              {plugin}
            </Anchor>
          </Text>
          <JsonView value={args} label="Arguments" />
          {error !== null && (
            <Text size="sm" className="task-error">
              {error}
            </Text>
          )}
          {result !== null && <JsonView value={result} label="Result" />}
        </Stack>
      )}
    </QueryView>
  );
}
