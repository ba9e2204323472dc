import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';

const mostShown = 6;

/** The conversations that something was said in last. */
export function RecentThreads() {
  const threads = useQuery({
    queryKey: ['threads', 'recent'],
    queryFn: () => answerOf(api.threads.$get({ query: { limit: mostShown } })),
  });
  return (
    <Section title="Conversations">
      <QueryView query={threads} what="conversations" rows={3}>
        {(all) =>
          all.length === 0 ? (
            <Text size="sm">
              There are none yet.{' '}
              <Anchor component={Link} href="/chat" underline="always" inherit>
                Begin one
              </Anchor>
            </Text>
          ) : (
            <>
              <ul className="dashboard-list">
                {all.map(({ id, title, updatedAt }) => (
                  <li key={id}>
                    <Anchor component={Link} href={`/chat/${id}`} c="inherit" className="dashboard-thread">
                      {title ?? 'Without a title'}
                    </Anchor>
                    <Text size="sm" c="dimmed" component="span">
                      <Time at={updatedAt} />
                    </Text>
                  </li>
                ))}
              </ul>
              <Anchor component={Link} href="/conversations" size="sm">
                All conversations
              </Anchor>
            </>
          )
        }
      </QueryView>
    </Section>
  );
}
