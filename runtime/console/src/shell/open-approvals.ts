import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

const mostShown = 100;

/** How many calls wait for a person. */
export function useOpenApprovals(): number {
  const { data } = useQuery({
    queryKey: ['approvals', 'open'],
    queryFn: () => answerOf(api.approvals.$get({ query: { state: 'PENDING', limit: mostShown } })),
  });
  return data?.length ?? 0;
}
