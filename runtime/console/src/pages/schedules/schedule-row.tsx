import { Button, Code, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ScheduleView } from '../../../../contract/schedules.ts';
import { answerOf, api } from '../../api/client.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { readerLocale } from '../../parts/reader-locale.ts';
import { StatePill, type Tone } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';
import { useChange } from '../../parts/use-change.ts';

const tones: Readonly<Record<ScheduleView['state'], Tone>> = {
  proposed: 'warn',
  armed: 'good',
  paused: 'off',
  done: 'off',
  removed: 'off',
};
const exact = new Intl.DateTimeFormat(readerLocale, { dateStyle: 'full', timeStyle: 'short' });

/** A schedule: what it does, when in words and by its next firings, and what can be done with it. */
export function ScheduleRow({ schedule }: { readonly schedule: ScheduleView }) {
  const { title, state, words, cron, timeZone, upcoming, missed, lastAt, actor, armedBy } = schedule;
  return (
    <li>
      <Stack gap={6}>
        <Group gap="sm">
          <Text fw={600}>{title}</Text>
          <StatePill state={state} tone={tones[state]} />
        </Group>
        <ScheduleAction action={schedule.action} />
        <Text size="sm">
          {words}
          {cron !== null && (
            <>
              {' '}
              <Code>{cron}</Code>
            </>
          )}{' '}
          <Text span c="dimmed" size="sm">
            in {timeZone}
          </Text>
        </Text>
        {upcoming.length > 0 && state !== 'done' && (
          <Text size="sm" c="dimmed">
            {state === 'armed' ? 'Next: ' : 'Would fire: '}
            {upcoming.map((at) => exact.format(at)).join(' · ')}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          Proposed by {actor}
          {armedBy !== null && `, armed by ${armedBy}`}
          {lastAt !== null && (
            <>
              , last fired <Time at={lastAt} />
            </>
          )}
          ; what is missed is {missed === 'once' ? 'made up for once' : 'skipped'}
        </Text>
      </Stack>
      <ScheduleActions schedule={schedule} />
    </li>
  );
}

function ScheduleAction({ action }: { readonly action: ScheduleView['action'] }) {
  if (action.kind === 'prompt')
    return (
      <Text size="sm" className="schedules-text">
        {action.text}
      </Text>
    );
  return (
    <Text size="sm">
      <Code>{action.tool}</Code> <Code className="schedules-text">{JSON.stringify(action.args)}</Code>
    </Text>
  );
}

function ScheduleActions({ schedule: { id, title, state, words } }: { readonly schedule: ScheduleView }) {
  const param = { id };
  const arm = useChange(
    'schedules',
    () => answerOf(api.schedules[':id'].arm.$post({ param, json: { words } })),
    'It is armed',
  );
  const pause = useChange(
    'schedules',
    () => answerOf(api.schedules[':id'].pause.$post({ param })),
    'It is paused',
  );
  return (
    <Group gap="xs" wrap="nowrap">
      {(state === 'proposed' || state === 'paused') && (
        <Button
          size="compact-sm"
          loading={arm.isPending}
          onClick={() => arm.mutate()}
          aria-label={`Arm ${title}`}
        >
          Arm
        </Button>
      )}
      {state === 'armed' && (
        <Button
          size="compact-sm"
          variant="default"
          loading={pause.isPending}
          onClick={() => pause.mutate()}
          aria-label={`Pause ${title}`}
        >
          Pause
        </Button>
      )}
      <RemoveButton id={id} title={title} />
    </Group>
  );
}

function RemoveButton({ id, title }: Pick<ScheduleView, 'id' | 'title'>) {
  const [isAsking, { open: ask, close }] = useDisclosure(false);
  const remove = useChange(
    'schedules',
    () => answerOf(api.schedules[':id'].$delete({ param: { id } })),
    'It is removed',
  );
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={remove.isPending}
        onClick={ask}
        aria-label={`Remove ${title}`}
      >
        Remove
      </Button>
      {isAsking && (
        <ConfirmByName
          title={`Remove ${title}`}
          text="It fires no more, and nothing brings it back. What it did stays on record."
          action="Remove"
          onConfirm={() => remove.mutateAsync()}
          onClose={close}
        />
      )}
    </>
  );
}
