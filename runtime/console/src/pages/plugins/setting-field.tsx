import {
  Anchor,
  Badge,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingValue } from '../../../../contract/setting-option.ts';

interface SettingFieldProps {
  readonly setting: Setting;
  /** What the draft says: undefined when it is unchanged, null when it will be cleared. */
  readonly drafted: SettingValue | null | undefined;
  readonly onChange: (value: SettingValue | null) => void;
  readonly onKeep: () => void;
}

/** One setting with what will become of it: unchanged, changed or cleared. */
export function SettingField({ setting, drafted, onChange, onKeep }: SettingFieldProps) {
  const { definition, isSet, problem } = setting;
  return (
    <Stack gap={4}>
      <Control setting={setting} drafted={drafted} onChange={onChange} onKeep={onKeep} />
      {problem !== null && (
        <Text size="sm" style={{ color: 'var(--nexus-bad)' }}>
          {problem}
        </Text>
      )}
      <Group gap="sm" mih={24}>
        <Badge variant={drafted === undefined ? 'default' : 'filled'} tt="none" size="sm">
          {stateOf(setting, drafted)}
        </Badge>
        {drafted !== undefined && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={onKeep}
            aria-label={`Leave ${definition.title} as it is`}
          >
            Leave as it is
          </Anchor>
        )}
        {isSet && drafted !== null && (
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => onChange(null)}
            aria-label={`Clear ${definition.title}`}
          >
            Clear
          </Anchor>
        )}
      </Group>
    </Stack>
  );
}

function stateOf({ isSet, definition }: Setting, drafted: SettingValue | null | undefined): string {
  const hasDefault = definition.default !== undefined;
  if (drafted === null) return hasDefault ? 'will be the default again' : 'will be cleared';
  if (drafted !== undefined) return 'will be changed';
  if (isSet) return 'set';
  return hasDefault ? 'default' : 'not set';
}

/** Of a text that is not a secret: what is in force, or what will be. */
function textOf(value: SettingValue | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function Control({ setting, drafted, onChange, onKeep }: SettingFieldProps) {
  const { definition } = setting;
  const { type, title, description, required, sensitive, multiple, choices, min, max } = definition;
  const value = drafted === undefined ? setting.value : drafted;
  const common = { label: title, description, withAsterisk: required };
  const onText = (text: string): void => onChange(text === '' ? null : text);
  if (sensitive)
    return <SecretControl setting={setting} drafted={drafted} onChange={onChange} onKeep={onKeep} />;
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
        value={typeof value === 'number' ? value : ''}
        {...(min !== undefined && { min })}
        {...(max !== undefined && { max })}
        onChange={(number) => onChange(typeof number === 'number' ? number : null)}
      />
    );
  if (multiple)
    return (
      <TagsInput
        {...common}
        value={Array.isArray(value) ? [...value] : []}
        onChange={(texts) => onChange(texts)}
      />
    );
  if (choices !== undefined)
    return (
      <Select
        {...common}
        data={choices}
        value={textOf(value) || null}
        onChange={(choice) => onChange(choice)}
      />
    );
  const placeholder = type === 'string' ? '' : 'An absolute path, or one that begins with ~';
  return (
    <TextInput
      {...common}
      value={textOf(value)}
      placeholder={placeholder}
      onChange={({ currentTarget }) => onText(currentTarget.value)}
    />
  );
}

function SecretControl({ setting, drafted, onChange, onKeep }: SettingFieldProps) {
  const { definition, masked, isSet } = setting;
  const { title, description, required } = definition;
  // Emptied, it is what it was: to delete a secret one says "Clear".
  return (
    <PasswordInput
      label={title}
      description={description}
      withAsterisk={required}
      value={textOf(drafted)}
      placeholder={drafted === null || !isSet ? 'Not set' : (masked ?? '••••')}
      onChange={({ currentTarget }) =>
        currentTarget.value === '' ? onKeep() : onChange(currentTarget.value)
      }
      autoComplete="off"
      visibilityToggleButtonProps={{ 'aria-label': `Show or hide ${title}`, tabIndex: 0 }}
    />
  );
}
