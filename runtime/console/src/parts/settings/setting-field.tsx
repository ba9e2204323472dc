import { Button, Group, Text } from '@mantine/core';
import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingValue } from '../../../../contract/setting-option.ts';
import { Time } from '../time.tsx';
import { problemOf } from './draft.ts';
import { SettingInput } from './setting-input.tsx';
import './setting-field.css';

interface SettingFieldProps {
  readonly setting: Setting;
  /** Undefined: unchanged; null: it will be cleared. */
  readonly drafted: SettingValue | null | undefined;
  readonly onChange: (value: SettingValue | null) => void;
  readonly onKeep: () => void;
}

/** One setting: its value, what will become of it, and the ways back. */
export function SettingField({ setting, drafted, onChange, onKeep }: SettingFieldProps) {
  const { definition, isSet, problem, updatedAt, updatedBy } = setting;
  const { title } = definition;
  const clear = definition.default === undefined ? 'Clear' : 'Back to the default';
  return (
    <div className={drafted === undefined ? 'setting-field' : 'setting-field is-changed'}>
      <SettingInput
        setting={setting}
        drafted={drafted}
        problem={problemOf(definition, drafted)}
        onChange={onChange}
        onKeep={onKeep}
      />
      {problem !== null && (
        <Text size="sm" className="setting-problem">
          {problem}
        </Text>
      )}
      <Group gap="xs" mt={4} mih={26}>
        <Text size="xs" c="dimmed">
          {becomes(setting, drafted)}
          {drafted === undefined && isSet && updatedAt !== null && (
            <>
              {' '}
              <Time at={updatedAt} />
              {updatedBy !== null && ` by ${updatedBy}`}
            </>
          )}
        </Text>
        {drafted !== undefined && (
          <Button size="compact-xs" variant="subtle" onClick={onKeep} aria-label={`Leave as it is: ${title}`}>
            Leave as it is
          </Button>
        )}
        {isSet && drafted === undefined && (
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => onChange(null)}
            aria-label={`${clear}: ${title}`}
          >
            {clear}
          </Button>
        )}
      </Group>
    </div>
  );
}

function becomes({ definition, isSet }: Setting, drafted: SettingValue | null | undefined): string {
  const hasDefault = definition.default !== undefined;
  if (drafted === null)
    return hasDefault ? 'Not saved: will be the default again' : 'Not saved: will be cleared';
  if (drafted !== undefined) return 'Not saved: will be changed';
  if (isSet) return 'Set';
  return hasDefault ? 'The default' : 'Not set';
}
