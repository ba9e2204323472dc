import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { explained } from '../api/api-error.ts';

interface ErrorViewProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What went wrong and what to do about it. */
export function ErrorView({ error, onRetry }: ErrorViewProps) {
  const { what, todo, code } = explained(error);
  return (
    <Alert color="red" radius="lg" icon={<IconAlertTriangle aria-hidden />} title={what} role="alert">
      {todo !== '' && <Text size="sm">{todo}</Text>}
      <Group mt="xs" gap="md">
        {onRetry !== undefined && (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        <Text size="xs" c="dimmed" ff="monospace">
          {code}
        </Text>
      </Group>
    </Alert>
  );
}
