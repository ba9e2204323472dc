import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingAuditEntry } from '../../../../contract/settings.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { shownValue } from '../../parts/settings/shown-value.ts';
import { Time } from '../../parts/time.tsx';
import { useChange } from '../../parts/use-change.ts';

const pageSize = 50;

/** Every change of a setting, the latest first. What is no secret can be set back. */
export function SettingHistory({ settings }: { readonly settings: readonly Setting[] }) {
  const changes = useInfiniteQuery({
    queryKey: ['settings', 'history'],
    initialPageParam: Number.MAX_SAFE_INTEGER,
    queryFn: ({ pageParam: before }) =>
      answerOf(api.settings.audit.$get({ query: { before, limit: pageSize } })),
    getNextPageParam: (last) => (last.length < pageSize ? undefined : last.at(-1)?.id),
  });
  if (changes.isPending) return <Loading what="changes" />;
  if (changes.isError) return <ErrorView error={changes.error} onRetry={() => void changes.refetch()} />;
  const all = changes.data.pages.flat();
  if (all.length === 0)
    return (
      <EmptyState
        icon={IconHistory}
        title="Nothing was changed yet"
        text="Who changes which setting is kept here, and can be undone."
      />
    );
  return (
    <Stack gap={0} component="ul" className="settings-history">
      {all.map((change) => (
        <Change
          key={change.id}
          change={change}
          setting={settings.find(({ definition }) => definition.key === change.key)}
        />
      ))}
      {changes.hasNextPage && (
        <li>
          <Button
            variant="subtle"
            loading={changes.isFetchingNextPage}
            onClick={() => void changes.fetchNextPage()}
          >
            Earlier changes
          </Button>
        </li>
      )}
    </Stack>
  );
}

interface ChangeProps {
  readonly change: SettingAuditEntry;
  /** Absent when nobody declares it any more. */
  readonly setting: Setting | undefined;
}

function Change({ change, setting }: ChangeProps) {
  const { key, oldValue, newValue, changedAt, changedBy } = change;
  const undo = useUndo(change);
  const canUndo =
    setting !== undefined && !setting.definition.sensitive && setting.version === change.version;
  return (
    <li className="settings-change">
      <div>
        <Text fw={600} size="sm">
          {setting?.definition.title ?? key}
        </Text>
        <Text size="sm" className="settings-change-values">
          <Code>{shownValue(oldValue)}</Code> → <Code>{shownValue(newValue)}</Code>
        </Text>
        <Text size="xs" c="dimmed">
          <Time at={changedAt} /> by {changedBy}
        </Text>
      </div>
      {canUndo && (
        <Group>
          <Button
            size="compact-sm"
            variant="default"
            loading={undo.isPending}
            onClick={() => undo.mutate()}
            aria-label={`Undo: ${setting.definition.title}`}
          >
            Undo
          </Button>
        </Group>
      )}
    </li>
  );
}

/** Sets the value before a change, unless there was another change since. */
function useUndo({ key, oldValue, version }: SettingAuditEntry) {
  const value = Array.isArray(oldValue) ? [...oldValue] : oldValue;
  return useChange(
    'settings',
    () => answerOf(api.settings[':key'].$put({ param: { key }, json: { value, expectedVersion: version } })),
    'It is as it was before',
  );
}
