import { Slider, Stack, TagsInput, Text } from '@mantine/core';
import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingValue } from '../../../../contract/setting-option.ts';
import { Section } from '../../parts/section.tsx';
import { draftedOf, draftWith, type ChangeDraft, type Draft } from '../../parts/settings/draft.ts';
import { SettingsForm } from '../../parts/settings/settings-form.tsx';
import { useModels } from '../../parts/use-models.ts';
import { ModelField } from './model-field.tsx';
import { RoutePreview } from './route-preview.tsx';

const keys = ['models.default', 'models.fast', 'models.routerThreshold', 'models.fallbacks'] as const;
const marks = [0, 25, 50, 75, 100].map((value) => ({ value, label: String(value) }));

interface RoutingFormProps {
  readonly settings: readonly Setting[];
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
}

/** Which model answers what, and a message to try it with before it is saved. */
export function RoutingForm({ settings, draft, onDraft }: RoutingFormProps) {
  const own = settings.filter(({ definition }) => keys.some((key) => key === definition.key));
  const [standard, fast, threshold, fallbacks] = keys.map((key) =>
    own.find(({ definition }) => definition.key === key),
  );
  const models = useModels();
  const valueOf = (setting: Setting | undefined): SettingValue | null => {
    const drafted = setting && draftedOf(draft, setting);
    return (drafted === undefined ? setting?.value : drafted) ?? setting?.definition.default ?? null;
  };
  const change = (setting: Setting | undefined) => (value: SettingValue | null) =>
    setting && onDraft(draftWith(draft, setting, value));
  const text = (setting: Setting | undefined): string | null => {
    const value = valueOf(setting);
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const least = Number(valueOf(threshold));
  const others = valueOf(fallbacks);
  return (
    <Section
      title="Which model answers"
      text="A thread or an assistant can choose its own; this is for the others."
    >
      <SettingsForm title="Which model answers" settings={own} draft={draft} onDraft={onDraft}>
        <ModelField label="Default model" value={text(standard)} onChange={change(standard)} />
        <ModelField
          label="Fast model"
          description="For what is simple. Without one the default model answers everything."
          value={text(fast)}
          onChange={change(fast)}
        />
        <Stack gap={4} pb="md">
          <Text size="sm" fw={500} id="models-threshold">
            Complexity from which the default model answers: {least > 100 ? 'never' : least}
          </Text>
          <Slider
            aria-labelledby="models-threshold"
            thumbProps={{ 'aria-labelledby': 'models-threshold' }}
            min={0}
            max={101}
            marks={marks}
            label={null}
            value={least}
            onChange={change(threshold)}
          />
        </Stack>
        <RoutePreview standard={text(standard)} fast={text(fast)} threshold={least} />
        <TagsInput
          label="When one fails or is too slow, ask in turn"
          placeholder="provider/model"
          data={models.data?.models.map(({ model }) => model) ?? []}
          value={Array.isArray(others) ? [...others] : []}
          onChange={(next) => change(fallbacks)(next.length === 0 ? null : next)}
        />
      </SettingsForm>
    </Section>
  );
}
