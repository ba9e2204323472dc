import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Setting } from '../../../../contract/settings-api.ts';
import { answerOf, api } from '../../api/client.ts';
import { toastDone } from '../toasts.ts';
import { changedOf, draftWithout, type Draft } from './draft.ts';

/** What is shown of settings; all of it may say something else once one is saved. */
const areas = ['settings', 'plugins', 'models', 'persona'] as const;

/**
 * Saves what a draft changes of some settings, all or nothing; refused when somebody else changed one of them since
 * the new value was begun. What is saved leaves the draft.
 */
export function useSaveSettings(
  title: string,
  settings: readonly Setting[],
  draft: Draft,
  onDraft: (draft: Draft) => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const changes = changedOf(draft, settings).flatMap(({ definition: { key } }) => {
        const drafted = draft[key];
        if (drafted === undefined) return [];
        const { value, seen: expectedVersion } = drafted;
        return { key, value: Array.isArray(value) ? [...value] : value, expectedVersion };
      });
      return answerOf(api.settings.batch.$post({ json: { changes } }));
    },
    onSuccess: async (saved) => {
      const keys = saved.map(({ definition }) => definition.key);
      toastDone(`Saved: ${title}`);
      await Promise.all(areas.map((area) => queries.invalidateQueries({ queryKey: [area] })));
      onDraft(draftWithout(draft, keys));
    },
    // What was refused was perhaps changed elsewhere, and is not known here yet.
    onError: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  });
}
