import { Button, Group, List, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { ImportOutcome } from '../../../../contract/import.ts';
import { Section } from '../../parts/section.tsx';

const outcomes: Readonly<Record<ImportOutcome['plugins'][number]['outcome'], string>> = {
  added: 'It is added and waits for your approval.',
  updated: 'It is changed; what it asks for beyond what was agreed to waits for your approval.',
  unchanged: 'It was there already; nothing changed.',
  blocked: 'It was not added.',
};

/** What was added, and what comes next for each. */
export function ImportDone({ outcome: { plugins } }: { readonly outcome: ImportOutcome }) {
  return (
    <Stack>
      {plugins.map(({ name, outcome, nextSteps, obstacle }) => (
        <Section key={name} title={name}>
          <Text role="status">{outcomes[outcome]}</Text>
          {obstacle !== null && (
            <Text size="sm">
              {obstacle.problem} {obstacle.todo}
            </Text>
          )}
          {nextSteps.length > 0 && (
            <List size="sm">
              {nextSteps.map((step) => (
                <List.Item key={step}>{step}</List.Item>
              ))}
            </List>
          )}
          {outcome !== 'blocked' && (
            <Group>
              <Button component={Link} href={`/plugins/${name}?tab=approval`}>
                Review and approve {name}
              </Button>
              <Button component={Link} href={`/plugins/${name}?tab=settings`} variant="default">
                Its settings
              </Button>
            </Group>
          )}
        </Section>
      ))}
    </Stack>
  );
}
