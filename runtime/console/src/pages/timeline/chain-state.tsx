import { Alert, Button, Group, Text } from '@mantine/core';
import { IconLink, IconUnlink } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorView } from '../../parts/error-view.tsx';

/** Whether the record is as it was written: each entry covers the one before it. */
export function ChainState() {
  const verify = useMutation({ mutationFn: () => answerOf(api.timeline.verify.$get({ query: {} })) });
  const found = verify.data;
  if (verify.error !== null) return <ErrorView error={verify.error} onRetry={() => verify.mutate()} />;
  if (found === undefined)
    return (
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconLink size={18} aria-hidden />}
          loading={verify.isPending}
          onClick={() => verify.mutate()}
        >
          Verify the chain
        </Button>
        <Text size="sm" c="dimmed" className="timeline-about">
          Computes every link anew and compares it with the records: a record that was changed afterwards
          shows.
        </Text>
      </Group>
    );
  const { broken, entries, compared, head } = found;
  if (broken !== null)
    return (
      <Alert
        color="red"
        radius="lg"
        icon={<IconUnlink aria-hidden />}
        title={`The chain is broken${broken.seq === null ? '' : ` at number ${broken.seq}`}`}
      >
        {broken.problem}. Somebody, or a damaged disk, has changed {broken.kind ?? 'the record'} {broken.ref}.
        Compare it with a backup.
      </Alert>
    );
  return (
    <Alert color="teal" radius="lg" icon={<IconLink aria-hidden />} title="The chain holds" role="status">
      <Text size="sm">
        {entries} entries, {compared} of them compared with their records.
      </Text>
      <Group gap="xs">
        <Text size="sm" className="timeline-head">
          Kept elsewhere, the last hash shows later that nothing was cut off: <code>{head}</code>
        </Text>
        <CopyButton value={head} label="Copy the last hash" />
      </Group>
    </Alert>
  );
}
