import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { toastDone } from '../../parts/toasts.ts';

/** Deletes for good all that is in the trash. */
export function EmptyTrash() {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const purge = async (): Promise<void> => {
    const { purged } = await answerOf(api.purge.$post({ json: {} }));
    toastDone(purged === 1 ? '1 record is gone for good' : `${purged} records are gone for good`);
    await queries.invalidateQueries({ queryKey: ['threads'] });
  };
  return (
    <>
      <Button color="red.8" onClick={() => setOpen(true)}>
        Empty the trash
      </Button>
      {isOpen && (
        <ConfirmByName
          title="Empty the trash"
          text="All conversations in the trash, and messages that an edit cut off, are deleted for good. Nothing brings them back."
          name="trash"
          action="Delete for good"
          onConfirm={purge}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}
