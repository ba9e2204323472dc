import { CloseButton, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Pin } from '../../../../contract/context.ts';
import { ApiError } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { toastError } from '../../parts/toasts.ts';
import { NewPin } from './new-pin.tsx';
import { memoriesQuery, words } from './pin-choices.ts';
import { pinsKey } from './pins-key.ts';

/** The pins of a thread, each with a way to take it away, and a new one. */
export function PinsPanel({ thread, pins }: { readonly thread: string; readonly pins: readonly Pin[] }) {
  const queries = useQueryClient();
  const told = {
    onSuccess: (now: Pin[]) => queries.setQueryData(pinsKey(thread), now),
    onError: toastError,
  };
  const unpin = useMutation({
    mutationFn: (query: Pin) => answerOf(api.threads[':id'].pins.$delete({ param: { id: thread }, query })),
    ...told,
  });
  const pin = useMutation({ mutationFn: (json: Pin) => pinTo(thread, json), ...told });
  return (
    <Stack>
      <PinList pins={pins} onUnpin={(what) => unpin.mutate(what)} />
      <NewPin isBusy={pin.isPending} onPin={(what, onSuccess) => pin.mutate(what, { onSuccess })} />
    </Stack>
  );
}

/** A file that is not there would be pinned and never told. */
async function pinTo(thread: string, pin: Pin): Promise<Pin[]> {
  if (pin.kind === 'file') await needFile(pin.ref);
  return await answerOf(api.threads[':id'].pins.$post({ param: { id: thread }, json: pin }));
}

async function needFile(path: string): Promise<void> {
  try {
    await answerOf(api.memories.file.$get({ query: { path } }));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'MEMORY_FILE_CHANGED') throw error;
    const todo = 'Give the path of one, such as notes/plan.md.';
    throw new ApiError(error.status, 'FILE_UNKNOWN', `There is no file ${path} in the workspace. ${todo}`);
  }
}

interface PinListProps {
  readonly pins: readonly Pin[];
  readonly onUnpin: (pin: Pin) => void;
}

function PinList({ pins, onUnpin }: PinListProps) {
  const memories = useQuery(memoriesQuery);
  if (pins.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing is pinned yet. What is pinned is told to the model with every message of this conversation.
      </Text>
    );
  return (
    <ul className="chat-pins" aria-label="Pinned">
      {pins.map((pin) => {
        const name = memories.data?.find(({ id }) => id === pin.ref)?.text ?? pin.ref;
        return (
          <li key={`${pin.kind} ${pin.ref}`}>
            <Group gap="xs" wrap="nowrap" justify="space-between">
              <Text size="sm" lineClamp={2}>
                <b>{words[pin.kind]}:</b> {name}
              </Text>
              <CloseButton size="sm" aria-label={`Unpin ${name}`} onClick={() => onUnpin(pin)} />
            </Group>
          </li>
        );
      })}
    </ul>
  );
}
