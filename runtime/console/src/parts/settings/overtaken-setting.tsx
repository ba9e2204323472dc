import { Alert, Button, Code, Group, Text } from '@mantine/core';
import type { Setting } from '../../../../contract/settings-api.ts';
import { Time } from '../time.tsx';
import { draftOver, draftWithout, isOvertaken, type ChangeDraft, type Draft } from './draft.ts';
import { shownValue } from './shown-value.ts';

interface OvertakenSettingProps {
  readonly setting: Setting;
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
}

/** That somebody else changed a setting while its new value was typed, and which of both is to be. */
export function OvertakenSetting({ setting, draft, onDraft }: OvertakenSettingProps) {
  if (!isOvertaken(draft, setting)) return null;
  const { definition, value, isSet, masked, updatedAt, updatedBy } = setting;
  const { key, title, sensitive } = definition;
  return (
    <Alert color="yellow" mt="xs" role="alert" title={`Changed meanwhile: ${title}`}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        It is <Code>{shownValue(sensitive ? masked : isSet ? value : null)}</Code> now
        {updatedAt !== null && (
          <>
            , <Time at={updatedAt} />
            {updatedBy !== null && ` by ${updatedBy}`}
          </>
        )}
        . What you typed is not saved over it before you say so.
      </Text>
      <Group mt="xs" gap="xs">
        <Button size="compact-sm" variant="default" onClick={() => onDraft(draftOver(draft, setting))}>
          Keep mine
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => onDraft(draftWithout(draft, [key]))}>
          Take it as it is now
        </Button>
      </Group>
    </Alert>
  );
}
