import { Button, Group, Stack, Text } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { useLiveLines } from './live-lines.ts';

/** What a plugin writes to its standard error, as it comes. */
export function LogPanel({ plugin }: { readonly plugin: string }) {
  const log = useQuery({
    queryKey: ['plugins', plugin, 'log'],
    queryFn: () => answerOf(api.plugins[':name'].logs.$get({ param: { name: plugin } })),
    staleTime: 0,
  });
  const isLive = useLiveLines(plugin, () => void log.refetch());
  return (
    <QueryView query={log} what="lines">
      {({ lines }) => (
        <Stack gap="sm">
          <Group justify="space-between">
            <Text size="sm" c="dimmed" role="status">
              {isLive ? 'Live: the last 200 lines, newest first' : 'The last 200 lines, newest first'}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              loading={log.isFetching}
              onClick={() => void log.refetch()}
            >
              Read again
            </Button>
          </Group>
          {lines.length === 0 ? (
            <EmptyState
              icon={IconTerminal2}
              title="It wrote nothing"
              text="What it writes to its standard error shows here. “Check now” starts it."
            />
          ) : (
            <div className="plugin-log">
              <VirtualList
                items={lines.toReversed().map((text, index) => ({ text, place: lines.length - index }))}
                keyOf={({ place }) => place}
                rowHeight={21}
                height="min(32rem, 60dvh)"
                label={`Log of ${plugin}`}
              >
                {({ text }) => <div className="plugin-log-line">{text}</div>}
              </VirtualList>
            </div>
          )}
        </Stack>
      )}
    </QueryView>
  );
}
