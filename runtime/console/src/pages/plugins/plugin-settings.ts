import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingValue } from '../../../../contract/setting-option.ts';
import { answerOf, api } from '../../api/client.ts';

/** What a form holds of a setting: a new value, or null to clear it. A setting that is not in the draft stays as it is. */
export type Draft = Readonly<Record<string, SettingValue | null>>;

/** A setting's own name in its plugin's manifest. */
export function ownKey({ definition }: Setting, plugin: string): string {
  return definition.key.slice(`plugin.${plugin}.`.length);
}

export function usePluginSettings(name: string): UseQueryResult<Setting[]> {
  return useQuery({
    queryKey: ['plugins', name, 'settings'],
    queryFn: () => answerOf(api.plugins[':name'].settings.$get({ param: { name } })),
  });
}

/** Titles of required settings that have no value. */
export function missingOf(settings: readonly Setting[]): readonly string[] {
  return settings
    .filter(({ definition, value, isSet }) => definition.required && value === null && !isSet)
    .map(({ definition }) => definition.title);
}

/** The draft with one field changed; a value that is the one in force already is no change. */
export function draftWith(draft: Draft, key: string, setting: Setting, value: SettingValue | null): Draft {
  const { [key]: _, ...others } = draft;
  const isInForce = setting.isSet
    ? JSON.stringify(value) === JSON.stringify(setting.value) && !setting.definition.sensitive
    : value === null;
  return isInForce ? others : { ...others, [key]: value };
}

/** Saves a draft, all of it or nothing; refused when somebody else changed one of them since. */
export function useSaveSettings(plugin: string, settings: readonly Setting[], onSaved: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) => {
      const versions = new Map(settings.map((setting) => [ownKey(setting, plugin), setting.version]));
      const changes = Object.fromEntries(
        Object.entries(draft).map(([key, value]) => [
          key,
          {
            value: typeof value === 'object' && value !== null ? [...value] : value,
            expectedVersion: versions.get(key),
          },
        ]),
      );
      return answerOf(api.plugins[':name'].settings.$put({ param: { name: plugin }, json: { changes } }));
    },
    onSuccess: async (saved) => {
      queries.setQueryData(['plugins', plugin, 'settings'], saved);
      onSaved();
      await queries.invalidateQueries({ queryKey: ['plugins'] });
    },
  });
}
