import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Setting } from '../../../../contract/settings-api.ts';
import { ErrorView } from '../error-view.tsx';
import {
  changedOf,
  draftedOf,
  draftWith,
  draftWithout,
  problemOf,
  type ChangeDraft,
  type Draft,
} from './draft.ts';
import { OvertakenSetting } from './overtaken-setting.tsx';
import { useSaveSettings } from './save-settings.ts';
import { SettingField } from './setting-field.tsx';
import './settings-form.css';

interface SettingsFormProps {
  /** What they are of; told when they are saved. */
  readonly title: string;
  readonly settings: readonly Setting[];
  readonly draft: Draft;
  readonly onDraft: ChangeDraft;
  /** Beside the button that saves. */
  readonly actions?: ReactNode;
  /** In place of one field for each setting. */
  readonly children?: ReactNode;
}

/** Settings that are saved together, all or none. */
export function SettingsForm({ title, settings, draft, onDraft, actions, children }: SettingsFormProps) {
  const save = useSaveSettings(title, settings, onDraft);
  const changed = changedOf(draft, settings);
  const isFaulty = changed.some(
    (setting) => problemOf(setting.definition, draftedOf(draft, setting)) !== undefined,
  );
  // What changes while it is saved is changed by this.
  const overtaken = (setting: Setting) =>
    !save.isPending && (
      <OvertakenSetting key={setting.definition.key} setting={setting} draft={draft} onDraft={onDraft} />
    );
  const keys = settings.map(({ definition }) => definition.key);
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed.length > 0 && !isFaulty) save.mutate(draft);
      }}
    >
      <Stack gap="lg">
        {children === undefined
          ? settings.map((setting) => (
              <div key={setting.definition.key}>
                <SettingField
                  setting={setting}
                  drafted={draftedOf(draft, setting)}
                  onChange={(value) => onDraft(draftWith(draft, setting, value))}
                  onKeep={() => onDraft(draftWithout(draft, [setting.definition.key]))}
                />
                {overtaken(setting)}
              </div>
            ))
          : children}
        {children !== undefined && changed.map(overtaken)}
        {save.error !== null && <ErrorView error={save.error} />}
      </Stack>
      <Group className={changed.length === 0 ? 'settings-save' : 'settings-save is-dirty'} mt="sm">
        <Button type="submit" disabled={changed.length === 0 || isFaulty} loading={save.isPending}>
          {changed.length === 0
            ? 'Nothing to save'
            : `Save ${changed.length === 1 ? '1 change' : `${changed.length} changes`}`}
        </Button>
        {changed.length > 0 && (
          <Button variant="subtle" onClick={() => onDraft(draftWithout(draft, keys))}>
            Discard
          </Button>
        )}
        {actions}
      </Group>
    </form>
  );
}
