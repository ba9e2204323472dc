import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

/** The models of all providers that are set up. Asking every provider takes long: it is done again when a setting changes. */
export function useModels() {
  return useQuery({
    queryKey: ['models'],
    queryFn: () => answerOf(api.models.$get()),
    staleTime: Infinity,
  });
}

/** What stands before the slash of a model. */
export function providerOf(model: string): string {
  return model.split('/', 1)[0] ?? '';
}
