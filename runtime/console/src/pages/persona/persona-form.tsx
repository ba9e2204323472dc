import { Group, Radio, Select, Stack, Textarea, TextInput } from '@mantine/core';
import type { SettingValue } from '../../../../contract/setting-option.ts';
import type { Setting } from '../../../../contract/settings-api.ts';
import { Section } from '../../parts/section.tsx';
import { draftedOf, draftWith, type ChangeDraft, type Draft } from '../../parts/settings/draft.ts';
import { SettingsForm } from '../../parts/settings/settings-form.tsx';

interface PersonaFormProps {
  readonly settings: readonly Setting[];
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
}

/** The words of a choice as people say them, and what comes of it. */
const meanings: Readonly<Record<string, string>> = {
  professional: 'Courteous and exact, without slang',
  casual: 'As among friends',
  technical: 'Precise terms, figures and units',
  creative: 'Vivid, inventive, and still true',
  concise: 'As few words as will do',
  balanced: 'What fits the question',
  detailed: 'Reasons, examples, what to look out for',
};
const asItLikes = 'none';
const order = ['name', 'user', 'tone', 'length', 'instructions', 'timeZone'];

/** The settings of the persona, each with the control that fits it. */
export function PersonaForm({ settings, draft, onDraft }: PersonaFormProps) {
  return (
    <Section title="How it presents itself" text="In force from the next message on, in every conversation.">
      <SettingsForm title="Persona" settings={settings} draft={draft} onDraft={onDraft}>
        <Stack gap="md">
          {settings
            .toSorted((a, b) => placeOf(a) - placeOf(b))
            .map((setting) => (
              <PersonaField
                key={setting.definition.key}
                setting={setting}
                value={textOf(setting, draftedOf(draft, setting))}
                onChange={(value) => onDraft(draftWith(draft, setting, value))}
              />
            ))}
        </Stack>
      </SettingsForm>
    </Section>
  );
}

interface PersonaFieldProps {
  readonly setting: Setting;
  readonly value: string;
  readonly onChange: (value: string | null) => void;
}

function PersonaField({ setting: { definition }, value, onChange }: PersonaFieldProps) {
  const { key, choices } = definition;
  const [title = '', none] = definition.title.split('; none: ');
  const label = { label: title, description: none === undefined ? undefined : `Empty: ${none}` };
  if (choices !== undefined)
    return <Choice title={title} choices={choices} value={value} onChange={onChange} />;
  if (key === 'persona.timeZone')
    return (
      <Select
        {...label}
        data={Intl.supportedValuesOf('timeZone')}
        value={value === '' ? null : value}
        onChange={onChange}
        searchable
        clearable
        limit={100}
        clearButtonProps={{ 'aria-label': 'Take this machine’s time zone' }}
      />
    );
  const change = (text: string): void => onChange(text === '' ? null : text);
  if (key === 'persona.instructions')
    return (
      <Textarea
        {...label}
        placeholder="Prefer metric units. Ask before you book anything."
        autosize
        minRows={4}
        maxRows={14}
        value={value}
        onChange={({ currentTarget }) => change(currentTarget.value)}
      />
    );
  return <TextInput {...label} value={value} onChange={({ currentTarget }) => change(currentTarget.value)} />;
}

interface ChoiceProps extends Pick<PersonaFieldProps, 'value' | 'onChange'> {
  readonly title: string;
  readonly choices: readonly string[];
}

function Choice({ title, choices, value, onChange }: ChoiceProps) {
  return (
    <Radio.Group
      label={title}
      value={value === '' ? asItLikes : value}
      onChange={(choice) => onChange(choice === asItLikes ? null : choice)}
    >
      <Group className="persona-choices" mt={6}>
        {[...choices, asItLikes].map((choice) => (
          <Radio
            key={choice}
            value={choice}
            label={
              choice === asItLikes ? 'As it likes' : `${choice.charAt(0).toUpperCase()}${choice.slice(1)}`
            }
            description={choice === asItLikes ? 'It is told nothing about this' : meanings[choice]}
          />
        ))}
      </Group>
    </Radio.Group>
  );
}

function placeOf({ definition: { key } }: Setting): number {
  return order.indexOf(key.slice('persona.'.length)) >>> 0;
}

function textOf({ value }: Setting, drafted: SettingValue | null | undefined): string {
  const shown = drafted === undefined ? value : drafted;
  return typeof shown === 'string' ? shown : '';
}
