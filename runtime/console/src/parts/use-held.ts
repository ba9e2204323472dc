import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

/** The plugins of which something waits for approval, each with what and why. */
export function useHeld() {
  return useQuery({ queryKey: ['plugins', { held: true }], queryFn: () => answerOf(api.held.$get()) });
}
