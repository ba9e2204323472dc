import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import type { ListedPlugin, PluginDetail } from '../../../../contract/api.ts';
import type { PluginConsent } from '../../../../contract/consent.ts';
import { answerOf, api } from '../../api/client.ts';
import { toastDone, toastError } from '../../parts/toasts.ts';

export function usePlugins(): UseQueryResult<readonly ListedPlugin[]> {
  return useQuery({ queryKey: ['plugins'], queryFn: () => answerOf(api.plugins.$get()) });
}

export function usePlugin(name: string): UseQueryResult<PluginDetail> {
  return useQuery({
    queryKey: ['plugins', name],
    queryFn: () => answerOf(api.plugins[':name'].$get({ param: { name } })),
  });
}

/** What a plugin may do, what waits for approval, how risky it is. */
export function useConsent(name: string): UseQueryResult<PluginConsent> {
  return useQuery({
    queryKey: ['plugins', name, 'consent'],
    queryFn: () => answerOf(api.plugins[':name'].consent.$get({ param: { name } })),
  });
}

/** Something that is done with a plugin: all that is shown of plugins is read again, and a toast says that it is done. */
export function usePluginAction<T = void>(act: (given: T) => Promise<unknown>, done: (given: T) => string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async (_, given) => {
      toastDone(done(given));
      await queries.invalidateQueries({ queryKey: ['plugins'] });
    },
    onError: toastError,
  });
}
