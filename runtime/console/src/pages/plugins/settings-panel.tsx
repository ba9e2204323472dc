import { Alert, Button } from '@mantine/core';
import { IconAdjustments, IconCheck } from '@tabler/icons-react';
import { useMutation, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { Setting } from '../../../../contract/settings-api.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { lengthOf } from '../../parts/time.tsx';
import { changedOf, type ChangeDraft, type Draft } from '../../parts/settings/draft.ts';
import { SettingsForm } from '../../parts/settings/settings-form.tsx';
import { Section } from '../../parts/section.tsx';

interface SettingsPanelProps {
  readonly plugin: string;
  readonly settings: UseQueryResult<Setting[]>;
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
}

/** What the manifest lets people set. */
export function SettingsPanel({ settings, ...form }: SettingsPanelProps) {
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
          <PluginSettings settings={all} {...form} />
        )
      }
    </QueryView>
  );
}

interface PluginSettingsProps extends Omit<SettingsPanelProps, 'settings'> {
  readonly settings: readonly Setting[];
}

function PluginSettings({ plugin, settings, draft, onDraft }: PluginSettingsProps) {
  return (
    <Section
      title="Settings"
      text="In force when saved. Secrets are kept encrypted and are never shown again."
    >
      <SettingsForm
        title={plugin}
        settings={settings}
        draft={draft}
        onDraft={onDraft}
        actions={<TestButton plugin={plugin} isDirty={changedOf(draft, settings).length > 0} />}
      />
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
