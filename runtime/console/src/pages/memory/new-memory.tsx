import { Button, Group, Select, Stack, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Section } from '../../parts/section.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';

/** As the kernel takes it. */
const mostChars = 4_000;
const scopes = [
  { value: 'user', label: 'For you' },
  { value: 'organisation', label: 'For everybody' },
];

/** Has assistants keep something in mind. */
export function NewMemory() {
  const [text, setText] = useState('');
  const [scope, setScope] = useState('user');
  useUnsaved(text !== '', '/memory');
  const queries = useQueryClient();
  const add = useMutation({
    mutationFn: () =>
      answerOf(
        api.memories.$post({ json: { text, scope: scope === 'organisation' ? 'organisation' : 'user' } }),
      ),
    onSuccess: async () => {
      setText('');
      toastDone('It is kept in mind');
      await queries.invalidateQueries({ queryKey: ['memories'] });
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Section title="Keep in mind">
      <Stack component="form" onSubmit={submit}>
        <Textarea
          label="What assistants should know"
          autosize
          minRows={2}
          maxRows={10}
          maxLength={mostChars}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {add.error !== null && <ErrorView error={add.error} />}
        <Group justify="flex-end">
          <Select
            aria-label="For whom"
            w={160}
            data={scopes}
            value={scope}
            allowDeselect={false}
            onChange={(value) => setScope(value ?? 'user')}
          />
          <Button type="submit" loading={add.isPending} disabled={text.trim() === ''}>
            Keep in mind
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}
