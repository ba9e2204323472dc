import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { ErrorView } from './error-view.tsx';

interface ConfirmByNameProps {
  readonly title: string;
  /** What will be lost. */
  readonly text: ReactNode;
  /** What has to be typed; absent where a second click is enough. */
  readonly name?: string;
  /** The verb on the button: "Remove". */
  readonly action: string;
  /** The other button: "Keep it" when absent. */
  readonly keep?: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for the name of what cannot be brought back. Rendered while it is open. */
export function ConfirmByName(props: ConfirmByNameProps) {
  const { title, text, name = '', action, keep = 'Keep it', onConfirm, onClose } = props;
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useFocusReturn();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} centered>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed === name && !isBusy) void confirm();
        }}
      >
        <Stack>
          <Text size="sm">{text}</Text>
          {name !== '' && (
            <TextInput
              label={
                <>
                  Type <b>{name}</b> to confirm
                </>
              }
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              data-autofocus
            />
          )}
          {error !== null && <ErrorView error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {keep}
            </Button>
            <Button type="submit" color="red.8" disabled={typed !== name} loading={isBusy}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What had the focus when the dialog came has it again when it went, unless it went too. */
function useFocusReturn(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement) before.focus();
    },
    [before],
  );
}
