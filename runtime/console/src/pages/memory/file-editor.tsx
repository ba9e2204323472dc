import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';

/** As the kernel takes it. */
const mostChars = 200_000;

interface FileEditorProps {
  readonly path: 'USER.md' | 'MEMORY.md';
  readonly text: string;
  /** Of what is there; null: there is no such file. */
  readonly sha256: string | null;
  readonly onClose: () => void;
}

/** Writes a file that assistants are told. What changed it meanwhile is not written over. */
export function FileEditor(before: FileEditorProps) {
  // What is written over is what was seen when it was begun.
  const [begun] = useState(before);
  const { path, sha256, onClose } = begun;
  const [text, setText] = useState(begun.text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  useUnsaved(text !== begun.text, '/memory/files');
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => answerOf(api.memories.file.$put({ json: { path, text, sha256 } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['memories', 'file'] });
      toastDone(`${path} is written, and you stand behind it`);
      onClose();
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <Textarea
        aria-label={`Text of ${path}`}
        autosize
        minRows={6}
        maxRows={24}
        maxLength={mostChars}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        ref={field}
      />
      {save.error !== null && <ErrorView error={save.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Leave it
        </Button>
        <Button type="submit" loading={save.isPending} disabled={text === before.text && sha256 !== null}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}
