import { NumberInput, PasswordInput, Select, Switch, TagsInput, Textarea, TextInput } from '@mantine/core';
import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingOption, SettingValue } from '../../../../contract/setting-option.ts';
import { inConsole } from '../../api/console-words.ts';

interface SettingInputProps {
  readonly setting: Setting;
  readonly drafted: SettingValue | null | undefined;
  readonly problem: string | undefined;
  readonly onChange: (value: SettingValue | null) => void;
  readonly onKeep: () => void;
}

/** The control that fits the kind of a setting. */
export function SettingInput(props: SettingInputProps) {
  const { setting, drafted, problem, onChange } = props;
  const { definition } = setting;
  const { type, title, description, required, sensitive, multiple, choices } = definition;
  if (sensitive) return <SecretInput {...props} />;
  const value = drafted === undefined ? setting.value : (drafted ?? definition.default ?? null);
  const common = {
    label: title,
    description: description === undefined ? undefined : inConsole(description),
    withAsterisk: required,
    error: problem,
  };
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (type === 'boolean')
    return (
      <Switch
        {...common}
        checked={value === true}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    );
  if (type === 'number')
    return (
      <NumberInput
        {...common}
        maw={320}
        value={typeof value === 'number' ? value : ''}
        clampBehavior="none"
        onChange={(number) => onChange(typeof number === 'number' ? number : null)}
      />
    );
  if (multiple)
    return (
      <TagsInput
        {...common}
        placeholder="Type one and press Enter"
        value={Array.isArray(value) ? [...value] : []}
        onChange={(items) => onChange(items.length === 0 ? null : items)}
      />
    );
  if (choices !== undefined)
    return (
      <Select
        {...common}
        maw={320}
        data={choices}
        value={text === '' ? null : text}
        onChange={(choice) => onChange(choice)}
      />
    );
  const change = ({ currentTarget }: { readonly currentTarget: { readonly value: string } }): void =>
    onChange(currentTarget.value === '' ? null : currentTarget.value);
  if (isLong(setting))
    return <Textarea {...common} autosize minRows={4} maxRows={14} value={text} onChange={change} />;
  return <TextInput {...common} value={text} placeholder={exampleOf(definition)} onChange={change} />;
}

/** Whether it is written in lines; a field of one line would run them together. By what is saved: nothing changes under who types. */
function isLong({ definition, value }: Setting): boolean {
  const saved = value ?? definition.default;
  return (
    definition.key === 'persona.instructions' ||
    (typeof saved === 'string' && (saved.includes('\n') || saved.length > 120))
  );
}

/** A secret is never shown: emptied, the field says that it stays what it was. */
function SecretInput({ setting, drafted, problem, onChange, onKeep }: SettingInputProps) {
  const { definition, masked, isSet } = setting;
  const { title, description, required } = definition;
  return (
    <PasswordInput
      label={title}
      description={description}
      withAsterisk={required}
      error={problem}
      value={typeof drafted === 'string' ? drafted : ''}
      placeholder={drafted === null || !isSet ? 'Not set' : (masked ?? 'Set')}
      autoComplete="new-password"
      onChange={({ currentTarget }) =>
        currentTarget.value === '' ? onKeep() : onChange(currentTarget.value)
      }
      visibilityToggleButtonProps={{ 'aria-label': `Show or hide: ${title}`, tabIndex: 0 }}
    />
  );
}

function exampleOf({ type, format }: SettingOption): string {
  if (type !== 'string') return type === 'file' ? '/path/to/file' : '/path/to/folder';
  return format === 'url' ? 'https://…' : '';
}
