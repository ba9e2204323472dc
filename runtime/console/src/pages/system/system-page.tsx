import { Button, Stack } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Enforcement } from './enforcement.tsx';
import { KernelHealth } from './kernel-health.tsx';
import { RunningParts } from './running-parts.tsx';
import { Troubles } from './troubles.tsx';
import { Whereabouts } from './whereabouts.tsx';
import './system.css';

/** How the kernel is, what it can enforce on this machine, and its parts. */
export function SystemPage() {
  const queries = useQueryClient();
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => answerOf(api.overview.$get()) });
  const doctor = useQuery({ queryKey: ['overview', 'doctor'], queryFn: () => answerOf(api.doctor.$get()) });
  const parts = useQuery({ queryKey: ['plugins'], queryFn: () => answerOf(api.plugins.$get()) });
  const isLooking = overview.isFetching || doctor.isFetching || parts.isFetching;
  const look = (): void => {
    for (const area of ['overview', 'plugins']) void queries.invalidateQueries({ queryKey: [area] });
  };
  return (
    <Page
      title="System"
      text="How the kernel is, what it can enforce on this machine, and its parts."
      actions={
        <Button variant="default" loading={isLooking} onClick={look}>
          Look again
        </Button>
      }
    >
      <QueryView query={overview} what="the state of the kernel">
        {(all) => (
          <Stack>
            <Troubles troubles={all.troubles} />
            <KernelHealth overview={all} />
          </Stack>
        )}
      </QueryView>
      <QueryView query={doctor} what="what this machine can enforce">
        {(report) => <Enforcement report={report} />}
      </QueryView>
      <QueryView query={parts} what="plugins">
        {(plugins) => <RunningParts plugins={plugins} />}
      </QueryView>
      {doctor.data !== undefined && <Whereabouts report={doctor.data} />}
    </Page>
  );
}
