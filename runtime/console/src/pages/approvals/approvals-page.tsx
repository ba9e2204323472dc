import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import { Page, type PageParams } from '../../parts/page.tsx';
import { ApprovalHistory } from './approval-history.tsx';
import { ApprovalQueue } from './approval-queue.tsx';
import { LeaseList } from './lease-list.tsx';

const views = ['waiting', 'leases', 'history'] as const;

/** What waits for a person, and what people said before. */
export function ApprovalsPage({ params }: PageParams) {
  const [, go] = useLocation();
  const view = views.find((one) => one === params['view']) ?? 'waiting';
  return (
    <Page title="Approvals" text="Calls that are not made before somebody has allowed them.">
      <Tabs
        value={view}
        onChange={(next) => go(next === 'waiting' ? '/approvals' : `/approvals/${next}`)}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="waiting">Waiting</Tabs.Tab>
          <Tabs.Tab value="leases">Allowed beforehand</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="waiting">
          <ApprovalQueue />
        </Tabs.Panel>
        <Tabs.Panel value="leases">
          <LeaseList />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <ApprovalHistory />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
