import { Button, Menu } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useDisclosure } from '@mantine/hooks';
import type { Task } from '../../../../contract/tasks.ts';
import { answerOf, api } from '../../api/client.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { toastDone, toastError } from '../../parts/toasts.ts';

const hourMs = 3_600_000;
const later = [
  { label: 'For an hour', ms: hourMs },
  { label: 'For a day', ms: 24 * hourMs },
  { label: 'For a week', ms: 7 * 24 * hourMs },
] as const;

/** What can be done with a task in its state. */
export function TaskActions({ task }: { readonly task: Task }) {
  const { kind, state, endedAt, what, canUndo, thread } = task;
  const { act, isPending } = useTaskAction(task);
  const [isAsking, { open: ask, close }] = useDisclosure(false);
  const isOpen = endedAt === null && state !== 'unknown';
  // A turn is said again in its thread.
  const canRetry = !isOpen && state !== 'unknown' && (kind === 'directive' || thread !== null);
  const offered = [
    { label: 'Cancel', isOffered: isOpen, onClick: act.cancel },
    { label: 'Undo', isOffered: canUndo, onClick: act.undo },
    { label: 'Do it again', isOffered: canRetry, onClick: kind === 'directive' ? ask : act.retry },
  ];
  return (
    <>
      {kind === 'directive' && state === 'requested' && <Snooze what={what} onSnooze={act.snooze} />}
      {offered
        .filter(({ isOffered }) => isOffered)
        .map(({ label, onClick }) => (
          <Button
            key={label}
            size="compact-sm"
            variant="default"
            loading={isPending}
            onClick={onClick}
            aria-label={`${label}: ${what}`}
          >
            {label}
          </Button>
        ))}
      {isAsking && (
        <ConfirmByName
          title="Do it again"
          text="The tool is called once more with the same arguments. What it did before stays done, and what it does now may not be taken back."
          action="Do it again"
          keep="Leave it"
          onConfirm={act.retryAsked}
          onClose={close}
        />
      )}
    </>
  );
}

interface SnoozeProps {
  readonly what: string;
  readonly onSnooze: (ms: number) => void;
}

function Snooze({ what, onSnooze }: SnoozeProps) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="compact-sm" variant="default" aria-label={`Put off: ${what}`}>
          Put off
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {later.map(({ label, ms }) => (
          <Menu.Item key={label} onClick={() => onSnooze(ms)}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function useTaskAction({ id }: Task) {
  const queries = useQueryClient();
  const route = api.tasks[':id'];
  const param = { param: { id } };
  const { mutate, mutateAsync, isPending } = useMutation({
    mutationFn: async ({ ask, done }: { readonly ask: () => Promise<unknown>; readonly done: string }) => {
      await ask();
      toastDone(done);
    },
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: ['tasks'] }),
  });
  const again = {
    ask: () => answerOf(route.retry.$post(param)),
    done: 'It is a new task in the queue',
  };
  const act = {
    cancel: () => mutate({ ask: () => answerOf(route.cancel.$post(param)), done: 'It is canceled' }),
    undo: () => mutate({ ask: () => answerOf(route.undo.$post(param)), done: 'It is being taken back' }),
    retry: () => mutate(again),
    retryAsked: () => mutateAsync(again),
    snooze: (ms: number) =>
      mutate({
        ask: () => answerOf(route.snooze.$post({ ...param, json: { until: Date.now() + ms } })),
        done: 'It is put off',
      }),
  };
  return { act, isPending };
}
