import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { ConfirmByName } from './confirm-by-name.tsx';
import { toastDone } from './toasts.ts';

interface EmptyTrashProps {
  /** Whose trash; nothing else goes. */
  readonly of: 'threads' | 'memories';
  /** What will be lost. */
  readonly text: string;
}

/** Deletes for good all that is in a trash. */
export function EmptyTrash({ of, text }: EmptyTrashProps) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const purge = async (): Promise<void> => {
    toastPurged((await answerOf(api.purge.$post({ json: { of } }))).purged);
    await queries.invalidateQueries({ queryKey: [of] });
  };
  return (
    <>
      <Button color="red.8" onClick={() => setOpen(true)}>
        Empty the trash
      </Button>
      {isOpen && (
        <ConfirmByName
          title="Empty the trash"
          text={`${text} Nothing brings them back.`}
          name="trash"
          action="Delete for good"
          onConfirm={purge}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

/** Says how many records are gone. */
export function toastPurged(records: number): void {
  toastDone(records === 1 ? '1 record is gone for good' : `${records} records are gone for good`);
}
