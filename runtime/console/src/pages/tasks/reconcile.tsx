import { Alert, Button, Group, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { toastDone } from '../../parts/toasts.ts';

const answers = [
  { label: 'It happened', verdict: 'happened' },
  { label: 'It did not happen', verdict: 'not-happened' },
  { label: 'Ask its check tool', verdict: undefined },
] as const;

/** Settles a call of which nobody knows whether it happened. */
export function Reconcile({ run }: { readonly run: string }) {
  const queries = useQueryClient();
  const settle = useMutation({
    mutationFn: (verdict: (typeof answers)[number]['verdict']) =>
      answerOf(
        api.runs[':id'].reconcile.$post({
          param: { id: run },
          json: verdict === undefined ? {} : { verdict },
        }),
      ),
    onSuccess: ({ happened }) =>
      toastDone(happened ? 'On record: it happened' : 'On record: it did not happen'),
    onSettled: () => queries.invalidateQueries({ queryKey: ['tasks'] }),
  });
  return (
    <Alert color="yellow" title="Nobody knows whether it happened">
      <Text size="sm">
        The plugin or the kernel ended in the middle of it. Look where it would be seen, then say what you
        know. It is not done again by itself.
      </Text>
      <Group mt="sm" gap="sm">
        {answers.map(({ label, verdict }) => (
          <Button
            key={label}
            size="compact-md"
            variant="default"
            loading={settle.isPending}
            onClick={() => settle.mutate(verdict)}
          >
            {label}
          </Button>
        ))}
      </Group>
      {settle.error !== null && <ErrorView error={settle.error} />}
    </Alert>
  );
}
