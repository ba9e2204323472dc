import { Anchor, List, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { ErrorView } from '../../parts/error-view.tsx';
import { Section } from '../../parts/section.tsx';
import { useHeld } from '../../parts/use-held.ts';

/** Of the changes of one plugin that many are told; the others are behind the link. */
const mostTold = 3;

/** What of all plugins waits for approval and why, with the ways to what differs. */
export function HeldList() {
  const held = useHeld();
  if (held.error !== null) return <ErrorView error={held.error} onRetry={() => void held.refetch()} />;
  if (held.data === undefined || held.data.length === 0) return null;
  return (
    <Section title="Waits for your approval" text="Nothing of this is in force before you agree to it.">
      {held.data.map(({ plugin, held: changes }) => (
        <Stack key={plugin} gap={4}>
          <Anchor component={Link} href={`/plugins/${plugin}?tab=approval`} underline="always">
            {plugin}: see what differs
          </Anchor>
          <List size="sm" className="held-changes">
            {changes.slice(0, mostTold).map(({ kind, subject, text }) => (
              <List.Item key={`${kind} ${subject}`}>{text}</List.Item>
            ))}
          </List>
          {changes.length > mostTold && (
            <Text size="sm" c="dimmed">
              and {changes.length - mostTold} more
            </Text>
          )}
        </Stack>
      ))}
    </Section>
  );
}
