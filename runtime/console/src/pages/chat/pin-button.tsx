import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPin, IconPinFilled } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { toastError } from '../../parts/toasts.ts';
import type { Message } from './message.ts';

interface PinButtonProps {
  readonly message: Message;
  /** Given the message as it is then. */
  readonly onPin: (message: Message) => void;
}

/** Pins a message: models are told it word for word, however long the thread grows. */
export function PinButton({ message, onPin }: PinButtonProps) {
  const isPinned = message.pinned;
  const pin = useMutation({
    mutationFn: async (pinned: boolean) => {
      const param = { id: message.thread, message: message.id };
      await answerOf(api.threads[':id'].messages[':message'].pin.$put({ param, json: { pinned } }));
      onPin({ ...message, pinned });
    },
    onError: toastError,
  });
  const label = isPinned ? 'Unpin' : 'Pin: always told to the model';
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={label}
        aria-pressed={isPinned}
        onClick={() => pin.mutate(!isPinned)}
      >
        {isPinned ? <IconPinFilled size={16} aria-hidden /> : <IconPin size={16} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}
