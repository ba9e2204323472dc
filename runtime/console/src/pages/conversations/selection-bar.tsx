import { Button, Checkbox, Group, Progress, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { toastPurged } from '../../parts/empty-trash.tsx';
import { toastDone, toastError } from '../../parts/toasts.ts';
import { setInTrash } from './set-in-trash.ts';

interface SelectionBarProps {
  readonly isTrash: boolean;
  readonly ids: readonly string[];
  readonly chosen: ReadonlySet<string>;
  readonly onChoose: (chosen: ReadonlySet<string>) => void;
}

/** Chooses all or none, and moves what is chosen into the trash, out of it, or deletes it for good. */
export function SelectionBar({ isTrash, ids, chosen, onChoose }: SelectionBarProps) {
  const { done, move, stop } = useMove(isTrash, onChoose);
  const picked = ids.filter((id) => chosen.has(id));
  const isAll = picked.length === ids.length;
  return (
    <Group className="conversations-selection" gap="sm">
      <Checkbox
        label={picked.length === 0 ? `Choose all ${ids.length}` : `${picked.length} of ${ids.length} chosen`}
        checked={isAll}
        indeterminate={picked.length > 0 && !isAll}
        onChange={() => onChoose(new Set(isAll ? [] : ids))}
      />
      {done === undefined
        ? picked.length > 0 && (
            <>
              <Button size="compact-sm" variant="default" onClick={() => void move(picked)}>
                {isTrash ? 'Take back' : 'Move to the trash'}
              </Button>
              {isTrash && <DeleteChosen ids={picked} onDone={() => onChoose(new Set())} />}
            </>
          )
        : done.of > 0 && (
            <>
              <Progress
                value={(100 * done.count) / done.of}
                w={120}
                aria-label={`${done.count} of ${done.of} are moved`}
              />
              <Text size="sm">
                {done.count} of {done.of}
              </Text>
              <Button size="compact-sm" variant="default" onClick={stop}>
                Stop
              </Button>
            </>
          )}
    </Group>
  );
}

/** More are not deleted by one request. */
const mostAtOnce = 1_000;

function DeleteChosen({ ids, onDone }: { readonly ids: readonly string[]; readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const what = ids.length === 1 ? '1 conversation' : `${ids.length} conversations`;
  const remove = async (): Promise<void> => {
    let gone = 0;
    for (let from = 0; from < ids.length; from += mostAtOnce) {
      const threads = ids.slice(from, from + mostAtOnce);
      gone += (await answerOf(api.purge.$post({ json: { of: 'threads', threads } }))).purged;
    }
    toastPurged(gone);
    onDone();
    await queries.invalidateQueries({ queryKey: ['threads'] });
  };
  return (
    <>
      <Button size="compact-sm" color="red.8" onClick={() => setOpen(true)}>
        Delete for good
      </Button>
      {isOpen && (
        <ConfirmByName
          title={`Delete ${what} for good`}
          text="Nothing brings back what was said in them. One whose answer is under way stays until it is over."
          name={what}
          action="Delete for good"
          onConfirm={remove}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

/** Moves threads one after the other; what was moved when it is stopped, stays moved. */
function useMove(isTrash: boolean, onChoose: (chosen: ReadonlySet<string>) => void) {
  const queries = useQueryClient();
  const stopping = useRef<AbortController>(undefined);
  const [done, setDone] = useState<{ readonly count: number; readonly of: number }>();
  const move = async (ids: readonly string[]): Promise<void> => {
    const left = new Set(ids);
    const { signal } = (stopping.current = new AbortController());
    try {
      for (const id of ids) {
        if (signal.aborted) break;
        setDone({ count: ids.length - left.size, of: ids.length });
        await setInTrash(id, !isTrash);
        left.delete(id);
      }
      const count = ids.length - left.size;
      toastDone(isTrash ? `${count} taken back` : `${count} in the trash`);
    } catch (error) {
      toastError(error);
    } finally {
      setDone(undefined);
      onChoose(left);
      await queries.invalidateQueries({ queryKey: ['threads'] });
    }
  };
  return { done, move, stop: () => stopping.current?.abort() };
}
