import { Button, Group, Paper, Stack, Switch, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Lease } from '../../../../contract/leases.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';
import { useChange } from '../../parts/use-change.ts';

const mostShown = 200;

/** What was allowed beforehand; it can be taken back. */
export function LeaseList() {
  const [isAll, setAll] = useState(false);
  const leases = useQuery({
    queryKey: ['leases', isAll],
    queryFn: () =>
      answerOf(api.leases.$get({ query: { all: isAll ? 'true' : 'false', limit: String(mostShown) } })),
  });
  return (
    <Stack>
      <Switch
        label="With those that are used up, expired or taken back"
        checked={isAll}
        onChange={({ currentTarget }) => setAll(currentTarget.checked)}
      />
      <QueryView query={leases} what="leases">
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              icon={IconKey}
              title="Nothing is allowed beforehand"
              text="When you allow a call you can allow later ones too: so many, for so long, with arguments like these. They are listed here."
            />
          ) : (
            all.map((lease) => <LeaseView key={lease.id} lease={lease} />)
          )
        }
      </QueryView>
    </Stack>
  );
}

function LeaseView({ lease }: { readonly lease: Lease }) {
  const { id, tool, state, covers, count, used, expiresAt, createdBy, createdAt } = lease;
  const revoke = useChange(
    'leases',
    () => answerOf(api.leases[':id'].$delete({ param: { id } })),
    `${tool} asks again`,
  );
  return (
    <Paper component="section" withBorder radius="lg" p="md" aria-label={`Lease of ${tool}`}>
      <Group justify="space-between" align="flex-start">
        <div className="approval-lease-words">
          <Group gap="sm">
            <Text fw={600} className="approval-answered-tool">
              {tool}
            </Text>
            <StatePill state={state} />
          </Group>
          <Text size="sm">{covers.length === 0 ? 'Calls without arguments' : covers.join('; ')}</Text>
          <Text size="sm" c="dimmed">
            {used} of {count} calls, expires <Time at={expiresAt} />; allowed <Time at={createdAt} /> by{' '}
            {createdBy}
          </Text>
        </div>
        {state === 'ACTIVE' && (
          <Button
            size="compact-sm"
            variant="default"
            loading={revoke.isPending}
            onClick={() => revoke.mutate()}
            aria-label={`Take back: ${tool}`}
          >
            Take back
          </Button>
        )}
      </Group>
    </Paper>
  );
}
