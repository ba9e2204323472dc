import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { useHeld } from '../parts/use-held.ts';

const mostShown = 100;

/** On how many things a person is waited for, by the page where they are. */
export function useWaitingCounts(): Readonly<Record<string, number>> {
  const approvals = useQuery({
    queryKey: ['approvals', 'open'],
    queryFn: () => answerOf(api.approvals.$get({ query: { state: 'PENDING', limit: mostShown } })),
  });
  const held = useHeld();
  return { '/approvals': approvals.data?.length ?? 0, '/plugins': held.data?.length ?? 0 };
}
