import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import { Page, type PageParams } from '../../parts/page.tsx';
import { ApprovalHistory } from './approval-history.tsx';
import { ApprovalQueue } from './approval-queue.tsx';

/** What waits for a person, and what people said before. */
export function ApprovalsPage({ params }: PageParams) {
  const [, go] = useLocation();
  const view = params['view'] === 'history' ? 'history' : 'waiting';
  return (
    <Page title="Approvals" text="Calls that are not made before somebody has allowed them.">
      <Tabs value={view} onChange={(next) => go(next === 'history' ? '/approvals/history' : '/approvals')}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="waiting">Waiting</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="waiting">
          <ApprovalQueue />
        </Tabs.Panel>
        <Tabs.Panel value="history">{view === 'history' && <ApprovalHistory />}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
