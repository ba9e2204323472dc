import { Button, Group, Text } from '@mantine/core';
import { IconListSearch, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import type { LogFilter } from '../../../../contract/logs.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { LogLine } from './log-line.tsx';
import { useLogLines, type OpenLog } from './use-log-lines.ts';

const count = new Intl.NumberFormat();
const rowHeight = 26;

/** The lines of one filter, newest at the end, where it stays while somebody is there. */
export function LogView({ filter }: { readonly filter: LogFilter }) {
  const log = useLogLines(filter);
  const { lines, error, readEarlier, retry } = log;
  const { entries, earlier } = lines;
  if (entries === null && error !== null) return <ErrorView error={error} onRetry={retry} />;
  if (entries === null) return <Loading what="the log" />;
  return (
    <div>
      <Status log={log} shown={entries.length} />
      {error !== null && <ErrorView error={error} onRetry={retry} />}
      {entries.length === 0 && earlier === null ? (
        <EmptyState
          icon={IconListSearch}
          title="No line fits"
          text="Lines that fit the filter show here the moment they are written. Take parts of the filter away to see more."
        />
      ) : (
        <div className="log-lines">
          <VirtualList
            items={entries}
            keyOf={({ id }) => id}
            rowHeight={rowHeight}
            height="max(22rem, calc(100dvh - 16rem))"
            label="Lines of the log"
            isAtEnd
            onStart={readEarlier}
          >
            {(entry) => <LogLine entry={entry} />}
          </VirtualList>
        </div>
      )}
    </div>
  );
}

function Status({ log, shown }: { readonly log: OpenLog; readonly shown: number }) {
  const { isLive, lines, setPaused } = log;
  const { missed, earlier } = lines;
  const isPaused = missed !== null;
  const words = isPaused
    ? `Paused${missed > 0 ? `, ${count.format(missed)} new` : ''}`
    : isLive
      ? 'Live'
      : 'Not live';
  return (
    <Group justify="space-between" mb="xs">
      <Text size="sm" c="dimmed" role="status">
        {words} · {count.format(shown)} lines{earlier !== null && ', earlier ones when you scroll up'}
      </Text>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={
          isPaused ? <IconPlayerPlay size={14} aria-hidden /> : <IconPlayerPause size={14} aria-hidden />
        }
        onClick={() => setPaused(!isPaused)}
      >
        {isPaused ? 'Go on' : 'Pause'}
      </Button>
    </Group>
  );
}
