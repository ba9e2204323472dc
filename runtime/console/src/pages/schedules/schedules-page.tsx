import { Text } from '@mantine/core';
import { IconCalendarTime } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { NewSchedule } from './new-schedule.tsx';
import { ScheduleRow } from './schedule-row.tsx';
import './schedules.css';

/** What is done by itself, at times that a person has agreed to. */
export function SchedulesPage() {
  const schedules = useQuery({ queryKey: ['schedules'], queryFn: () => answerOf(api.schedules.$get()) });
  return (
    <Page title="Schedules" text="What is done by itself. Nothing fires before you have armed it.">
      <NewSchedule />
      <QueryView query={schedules} what="schedules">
        {(all) =>
          all.length === 0 ? (
            <EmptyState
              icon={IconCalendarTime}
              title="Nothing is scheduled"
              text={
                <>
                  Say above what is to be done and when, such as{' '}
                  <Text span fs="italic">
                    every Monday at 9
                  </Text>
                  .
                </>
              }
            />
          ) : (
            <ul className="schedules-list">
              {all.map((schedule) => (
                <ScheduleRow key={schedule.id} schedule={schedule} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Page>
  );
}
