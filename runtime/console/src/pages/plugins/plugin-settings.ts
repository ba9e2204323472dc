import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { Setting } from '../../../../contract/settings-api.ts';
import { answerOf, api } from '../../api/client.ts';

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
