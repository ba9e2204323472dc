import { Alert, Button, Group, Stack } from '@mantine/core';
import { IconAdjustments, IconCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { Setting } from '../../../../contract/settings-api.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { lengthOf } from '../../parts/time.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { draftWith, ownKey, useSaveSettings, type Draft } from './plugin-settings.ts';
import { Section } from '../../parts/section.tsx';
import { SettingField } from './setting-field.tsx';

interface SettingsPanelProps {
  readonly plugin: string;
  readonly settings: UseQueryResult<Setting[]>;
}

/** What the manifest lets people set. */
export function SettingsPanel({ plugin, settings }: SettingsPanelProps) {
  return (
    <QueryView query={settings} what="settings">
      {(all) =>
        all.length === 0 ? (
          <EmptyState
            icon={IconAdjustments}
            title="It has no settings"
            text="A manifest declares what people may set under “settings”. This one declares nothing."
          />
        ) : (
          <SettingsForm plugin={plugin} settings={all} />
        )
      }
    </QueryView>
  );
}

function SettingsForm({
  plugin,
  settings,
}: {
  readonly plugin: string;
  readonly settings: readonly Setting[];
}) {
  const [draft, setDraft] = useState<Draft>({});
  const save = useSaveSettings(plugin, settings, () => {
    setDraft({});
    toastDone(`Saved. ${plugin} has it from its next call on`);
  });
  const count = Object.keys(draft).length;
  return (
    <Section
      title="Settings"
      text="In force when saved. Secrets are kept encrypted and are never shown again."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft);
        }}
      >
        <Stack>
          {settings.map((setting) => {
            const key = ownKey(setting, plugin);
            const { [key]: _, ...others } = draft;
            return (
              <SettingField
                key={key}
                setting={setting}
                drafted={draft[key]}
                onChange={(value) => setDraft(draftWith(draft, key, setting, value))}
                onKeep={() => setDraft(others)}
              />
            );
          })}
          {save.error !== null && <ErrorView error={save.error} />}
          <Group>
            <Button type="submit" disabled={count === 0} loading={save.isPending}>
              {count === 0 ? 'Nothing to save' : `Save ${count} ${count === 1 ? 'change' : 'changes'}`}
            </Button>
            <TestButton plugin={plugin} isDirty={count > 0} />
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

/** Starts the plugin with what is saved and asks whether it is well. */
function TestButton({ plugin, isDirty }: { readonly plugin: string; readonly isDirty: boolean }) {
  const queries = useQueryClient();
  const test = useMutation({
    mutationFn: () => answerOf(api.plugins[':name'].health.$post({ param: { name: plugin } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['plugins'] }),
  });
  const result = test.data?.lastCheck;
  return (
    <>
      <Button variant="default" disabled={isDirty} loading={test.isPending} onClick={() => test.mutate()}>
        Test with what is saved
      </Button>
      {test.error !== null && <ErrorView error={test.error} />}
      {result != null && (
        <Alert
          color={result.isOk ? 'teal' : 'red'}
          icon={result.isOk ? <IconCheck aria-hidden /> : undefined}
          role="status"
        >
          {result.isOk ? `It answered in ${lengthOf(result.latencyMs)}.` : result.words}
        </Alert>
      )}
    </>
  );
}
