import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import { Page, type PageParams } from '../../parts/page.tsx';
import { TaskList } from './task-list.tsx';
import './tasks.css';

/** What is being done and what was done. */
export function TasksPage({ params }: PageParams) {
  const [, go] = useLocation();
  const view = params['view'] === 'history' ? 'history' : 'queue';
  return (
    <Page title="Tasks" text="Answers of the assistant, and calls that are carried out once: now and before.">
      <Tabs
        value={view}
        onChange={(next) => go(next === 'history' ? '/tasks/history' : '/tasks')}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="queue">Queue</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="queue">
          <TaskList isQueue />
        </Tabs.Panel>
        <Tabs.Panel value="history">
          <TaskList isQueue={false} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
