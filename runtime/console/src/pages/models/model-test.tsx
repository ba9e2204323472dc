import { Alert, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { lengthOf } from '../../parts/time.tsx';

interface ModelTestProps {
  readonly models: readonly string[];
  /** Whether something is not saved: what is tested is what is saved. */
  readonly isDirty: boolean;
}

/** Asks one model of a provider for one word. */
export function ModelTest({ models, isDirty }: ModelTestProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const queries = useQueryClient();
  const model = chosen ?? models[0] ?? '';
  const test = useMutation({
    mutationFn: () => answerOf(api.models.test.$post({ json: { model } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['usage'] }),
  });
  return (
    <Stack gap="xs">
      <Group align="flex-end" gap="sm" className="models-row">
        <Select
          label="Model to test"
          className="models-choice"
          data={[...models]}
          value={model}
          onChange={setChosen}
          allowDeselect={false}
          searchable
        />
        <Button variant="default" disabled={isDirty} loading={test.isPending} onClick={() => test.mutate()}>
          Test the connection
        </Button>
      </Group>
      {isDirty && (
        <Text size="sm" c="dimmed">
          Save first: what is tested is what is saved.
        </Text>
      )}
      {test.error !== null && <ErrorView error={test.error} />}
      {test.data !== undefined && (
        <Alert color="teal" icon={<IconCheck aria-hidden />} role="status">
          {test.data.model} answered “{test.data.text.trim()}” in {lengthOf(test.data.durationMs)}.
        </Alert>
      )}
    </Stack>
  );
}
