import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { answerOf, api, type Answered } from '../../api/client.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';
import { toastError } from '../../parts/toasts.ts';
import { useChange } from '../../parts/use-change.ts';
import { browserName } from './browser-name.ts';
import './access.css';

type Session = Answered<Awaited<ReturnType<typeof api.sessions.$get>>>[number];

/** The browsers that are signed in, each with a way to end it. */
export function SessionsSection() {
  const sessions = useQuery({
    queryKey: ['access', 'sessions'],
    queryFn: () => answerOf(api.sessions.$get()),
  });
  const endAll = useMutation({
    mutationFn: () => answerOf(api.sessions.$delete()),
    onSuccess: () => window.location.assign('/'),
    onError: toastError,
  });
  return (
    <Section title="Browsers" text="Each ends by itself when it is not used.">
      <QueryView query={sessions} what="sessions">
        {(all) => (
          <Stack>
            <ul className="access-list">
              {all.map((session) => (
                <SessionRow key={session.id} session={session} />
              ))}
            </ul>
            <Group>
              <Button variant="default" loading={endAll.isPending} onClick={() => endAll.mutate()}>
                Sign out everywhere
              </Button>
              <Text size="sm" c="dimmed">
                Here too; tokens stay.
              </Text>
            </Group>
          </Stack>
        )}
      </QueryView>
    </Section>
  );
}

function SessionRow({ session }: { readonly session: Session }) {
  const { id, way, agent, createdAt, lastSeenAt, isCurrent } = session;
  const end = useChange(
    'access',
    () => answerOf(api.sessions[':id'].$delete({ param: { id } })),
    'Signed out',
  );
  const name = browserName(agent);
  return (
    <li>
      <div>
        <Group gap="xs">
          <Text fw={600} size="sm" title={agent}>
            {name}
          </Text>
          {isCurrent && (
            <Badge size="sm" variant="light">
              This one
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {/* As the record of what was changed names it. */}
          browser {id.slice(-6)}, signed in <Time at={createdAt} /> by{' '}
          {way === 'link' ? 'a link' : 'password'}; last seen <Time at={lastSeenAt} />
        </Text>
      </div>
      {!isCurrent && (
        <Button
          size="compact-sm"
          variant="default"
          loading={end.isPending}
          onClick={() => end.mutate()}
          aria-label={`Sign out: ${name}`}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}
