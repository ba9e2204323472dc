import { Stack } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { OpenApproval } from './open-approval.tsx';

const mostShown = 100;

/** The questions that nobody has answered, the oldest first: it has waited longest. */
export function ApprovalQueue() {
  const open = useQuery({
    queryKey: ['approvals', 'open'],
    queryFn: () => answerOf(api.approvals.$get({ query: { state: 'PENDING', limit: mostShown } })),
  });
  return (
    <QueryView query={open} what="approvals">
      {(all) =>
        all.length === 0 ? (
          <EmptyState
            icon={IconCircleCheck}
            title="Nothing waits for you"
            text="When the assistant wants to do something that you did not allow beforehand, the question is here and in its chat."
          />
        ) : (
          <Stack>
            {all.toReversed().map((approval) => (
              <OpenApproval key={approval.id} approval={approval} />
            ))}
          </Stack>
        )
      }
    </QueryView>
  );
}
