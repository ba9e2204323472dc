import { Button, Group, Loader, Text } from '@mantine/core';

interface ProgressViewProps {
  readonly progress: string;
  readonly onCancel: () => void;
}

/** What long work is at, and how to stop it. */
export function ProgressView({ progress, onCancel }: ProgressViewProps) {
  return (
    <Group gap="sm" role="status">
      <Loader size="sm" aria-hidden />
      <Text size="sm" style={{ flex: 1, overflowWrap: 'anywhere' }}>
        {progress}
      </Text>
      <Button size="compact-sm" variant="default" onClick={onCancel}>
        Cancel
      </Button>
    </Group>
  );
}
