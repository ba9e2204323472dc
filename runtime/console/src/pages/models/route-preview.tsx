import { List, Paper, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';

const typingMs = 200;
const mostChars = 100_000;

interface RoutePreviewProps {
  readonly standard: string | null;
  readonly fast: string | null;
  /** As it is in the form, saved or not. */
  readonly threshold: number;
}

/** Where a message would go, while it is typed and while the threshold is moved. */
export function RoutePreview({ standard, fast, threshold }: RoutePreviewProps) {
  const [message, setMessage] = useState('');
  const [asked] = useDebouncedValue(message.trim(), typingMs);
  const preview = useQuery({
    queryKey: ['models', 'route', asked],
    queryFn: () => answerOf(api.models['route-preview'].$post({ json: { message: asked } })),
    enabled: asked !== '' && standard !== null,
    placeholderData: keepPreviousData,
  });
  return (
    <Paper withBorder radius="md" p="sm">
      <Stack gap="xs">
        <Textarea
          label="Try a message"
          placeholder="Compare these two designs step by step"
          autosize
          minRows={2}
          maxRows={8}
          maxLength={mostChars}
          value={message}
          onChange={({ currentTarget }) => setMessage(currentTarget.value)}
        />
        {preview.error !== null && <ErrorView error={preview.error} />}
        <div role="status">
          {asked === '' || preview.data === undefined ? (
            <Text size="sm" c="dimmed">
              {standard === null
                ? 'Choose a default model to see where messages go.'
                : 'What you type is scored, and not sent to any model.'}
            </Text>
          ) : (
            <>
              <Text size="sm">
                This message would go to{' '}
                <b>{preview.data.score >= threshold ? standard : (fast ?? standard)}</b>: its complexity is{' '}
                {preview.data.score}.
              </Text>
              <List size="sm" c="dimmed">
                {preview.data.parts.map(({ name, points, why }) => (
                  <List.Item key={name}>
                    {name} +{points}: {why}
                  </List.Item>
                ))}
              </List>
            </>
          )}
        </div>
      </Stack>
    </Paper>
  );
}
