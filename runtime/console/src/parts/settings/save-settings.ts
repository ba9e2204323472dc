import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Setting } from '../../../../contract/settings-api.ts';
import { answerOf, api } from '../../api/client.ts';
import { toastDone } from '../toasts.ts';
import { changedOf, draftAfter, type ChangeDraft, type Draft } from './draft.ts';

/** What is shown of settings; all of it may say something else once one is saved. */
const areas = ['settings', 'plugins'] as const;
/** What follows from them. It is not waited for: providers can take long to say which models they have. */
const furtherAreas = ['models', 'persona'] as const;

/**
 * Saves what a draft changes of some settings, all or nothing; refused when somebody else changed one of them since
 * the new value was begun. What is saved leaves the draft; what is typed meanwhile stays in it.
 */
export function useSaveSettings(title: string, settings: readonly Setting[], onDraft: ChangeDraft) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) => {
      const changes = changedOf(draft, settings).flatMap(({ definition: { key } }) => {
        const drafted = draft[key];
        if (drafted === undefined) return [];
        const { value, seen: expectedVersion } = drafted;
        return { key, value: Array.isArray(value) ? [...value] : value, expectedVersion };
      });
      return answerOf(api.settings.batch.$post({ json: { changes } }));
    },
    onSuccess: async (saved, sent) => {
      for (const area of furtherAreas) void queries.invalidateQueries({ queryKey: [area] });
      await Promise.all(areas.map((area) => queries.invalidateQueries({ queryKey: [area] })));
      onDraft((now) => draftAfter(now, sent, saved));
      toastDone(`Saved: ${title}`);
    },
    // What was refused was perhaps changed elsewhere, and is not known here yet.
    onError: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  });
}
