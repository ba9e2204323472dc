import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { changedOf, draftWith, draftWithout, problemOf, type Draft } from './draft.ts';
import type { Section } from './sections.ts';
import { SettingField } from './setting-field.tsx';

interface SectionFormProps {
  readonly section: Section;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

/** The settings of a section; they are saved together, all or none. */
export function SectionForm({ section, draft, onDraft }: SectionFormProps) {
  const { title, text, settings } = section;
  const save = useSave(section, draft, onDraft);
  const changed = changedOf(draft, settings);
  const isFaulty = changed.some(
    ({ definition }) => problemOf(definition, draft[definition.key]) !== undefined,
  );
  const keys = settings.map(({ definition }) => definition.key);
  return (
    <form
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (changed.length > 0 && !isFaulty) save.mutate();
      }}
    >
      <Paper withBorder radius="lg" p="md">
        <Stack gap="lg">
          <div>
            <Title order={2} size="h4">
              {title}
            </Title>
            {text !== '' && (
              <Text size="sm" c="dimmed">
                {text}
              </Text>
            )}
          </div>
          {settings.map((setting) => (
            <SettingField
              key={setting.definition.key}
              setting={setting}
              drafted={draft[setting.definition.key]}
              onChange={(value) => onDraft(draftWith(draft, setting, value))}
              onKeep={() => onDraft(draftWithout(draft, [setting.definition.key]))}
            />
          ))}
          {save.error !== null && <ErrorView error={save.error} />}
        </Stack>
      </Paper>
      <Group className="settings-save">
        <Button type="submit" disabled={changed.length === 0 || isFaulty} loading={save.isPending}>
          {changed.length === 0
            ? 'Saved'
            : `Save ${changed.length === 1 ? '1 change' : `${changed.length} changes`}`}
        </Button>
        {changed.length > 0 && (
          <Button variant="subtle" onClick={() => onDraft(draftWithout(draft, keys))}>
            Discard
          </Button>
        )}
      </Group>
    </form>
  );
}

function useSave({ title, settings }: Section, draft: Draft, onDraft: (draft: Draft) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const changes = changedOf(draft, settings).map(({ definition: { key }, version }) => {
        const value = draft[key] ?? null;
        return { key, value: Array.isArray(value) ? [...value] : value, expectedVersion: version };
      });
      return answerOf(api.settings.batch.$post({ json: { changes } }));
    },
    onSuccess: async (saved) => {
      onDraft(
        draftWithout(
          draft,
          saved.map(({ definition }) => definition.key),
        ),
      );
      toastDone(`Saved: ${title}`);
      await queries.invalidateQueries({ queryKey: ['settings'] });
    },
  });
}
