import { Select, Stack } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Approval } from '../../../../contract/approvals.ts';
import { answerOf, api } from '../../api/client.ts';
import { JsonView } from '../../parts/code-view.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';

const mostShown = 1_000;
const outcomes = ['ALLOWED', 'DENIED', 'EXPIRED'] as const;
type Outcome = (typeof outcomes)[number];
const labels: Readonly<Record<Outcome, string>> = {
  ALLOWED: 'Allowed',
  DENIED: 'Denied',
  EXPIRED: 'Expired',
};

/** What was answered, the latest first. */
export function ApprovalHistory() {
  const [state, setState] = useState<Outcome | null>(null);
  const answered = useQuery({
    queryKey: ['approvals', 'answered', state],
    queryFn: async () => {
      const query = { limit: mostShown, ...(state !== null && { state }) };
      const all = await answerOf(api.approvals.$get({ query }));
      return all.filter((approval) => approval.state !== 'PENDING');
    },
  });
  return (
    <Stack>
      <Select
        label="Outcome"
        placeholder="All"
        clearable
        maw={240}
        data={outcomes.map((value) => ({ value, label: labels[value] }))}
        value={state}
        onChange={setState}
      />
      <QueryView query={answered} what="approvals">
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              icon={IconHistory}
              title={state === null ? 'Nobody was asked yet' : 'There is none of these'}
              text="Every question and its answer is kept here: who allowed what, with which arguments, and why not."
            />
          ) : (
            <VirtualList
              items={all}
              keyOf={({ id }) => id}
              rowHeight={76}
              height="min(70dvh, 48rem)"
              label="Answered approvals"
            >
              {(approval) => <Answered approval={approval} />}
            </VirtualList>
          )
        }
      </QueryView>
    </Stack>
  );
}

function Answered({ approval }: { readonly approval: Approval }) {
  const { tool, state, args, reason, answeredBy, answeredAt, expiresAt, lease } = approval;
  return (
    <details className="approval-answered">
      <summary>
        <span className="approval-answered-tool">{tool}</span>
        <StatePill state={state} />
        <span className="approval-answered-when">
          <Time at={answeredAt ?? expiresAt} />
          {answeredBy !== null && ` by ${answeredBy}`}
          {lease !== null && ', by a lease'}
        </span>
        {reason !== null && <span className="approval-answered-reason">{reason}</span>}
      </summary>
      <JsonView value={args} label={`Arguments of ${tool}`} />
    </details>
  );
}
