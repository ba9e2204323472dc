import { Accordion, Group, Stack, Text } from '@mantine/core';
import type { Setting } from '../../../../contract/settings-api.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { changedOf, type ChangeDraft, type Draft } from '../../parts/settings/draft.ts';
import { SettingsForm } from '../../parts/settings/settings-form.tsx';
import { StatePill, type Tone } from '../../parts/state-pill.tsx';
import { useModels } from '../../parts/use-models.ts';
import { ModelTest } from './model-test.tsx';
import { providersOf, stateOf, type ModelProvider, type ProviderState } from './providers.ts';

interface ProviderListProps {
  readonly settings: readonly Setting[];
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
}

/** All providers: how each is, and what it needs. */
export function ProviderList({ settings, draft, onDraft }: ProviderListProps) {
  const models = useModels();
  return (
    <Stack gap="xs">
      {models.error !== null && <ErrorView error={models.error} onRetry={() => void models.refetch()} />}
      <Accordion variant="separated" radius="md" order={3}>
        {providersOf(settings).map((provider) => (
          <ProviderItem
            key={provider.name}
            provider={provider}
            state={stateOf(provider, models)}
            draft={draft}
            onDraft={onDraft}
          />
        ))}
      </Accordion>
    </Stack>
  );
}

const pills: Readonly<Record<ProviderState['state'], readonly [tone: Tone, label: string]>> = {
  asked: ['busy', 'being asked'],
  answers: ['good', 'answers'],
  fails: ['bad', 'does not answer'],
  off: ['off', 'not set up'],
};

interface ProviderItemProps {
  readonly provider: ModelProvider;
  readonly state: ProviderState;
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
}

function ProviderItem({ provider, state, draft, onDraft }: ProviderItemProps) {
  const { name, title, settings } = provider;
  const { models, problem } = state;
  const [tone, label] = pills[state.state];
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        <Group gap="sm">
          <Text fw={600}>{title}</Text>
          <StatePill state={state.state} tone={tone} label={label} />
          {models.length > 0 && (
            <Text size="sm" c="dimmed">
              {models.length === 1 ? '1 model' : `${models.length} models`}
            </Text>
          )}
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack>
          {problem !== null && (
            <Text size="sm" className="models-problem">
              {problem}
            </Text>
          )}
          <SettingsForm title={title} settings={settings} draft={draft} onDraft={onDraft} />
          {models.length > 0 && <ModelTest models={models} isDirty={changedOf(draft, settings).length > 0} />}
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}
