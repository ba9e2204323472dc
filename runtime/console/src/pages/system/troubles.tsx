import { Alert, Anchor, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { Overview } from '../../../../contract/overview.ts';
import { inConsole } from '../../api/console-words.ts';
import { Section } from '../../parts/section.tsx';

type Trouble = Overview['troubles'][number];

/** What needs somebody, each with the way to where it is put right. */
export function Troubles({ troubles }: { readonly troubles: readonly Trouble[] }) {
  if (troubles.length === 0)
    return (
      <Section title="All is well">
        <Text size="sm">
          Every plugin that is enabled can work, models answer, and there is room to write.
        </Text>
      </Section>
    );
  const title = troubles.length === 1 ? 'One thing needs you' : `${troubles.length} things need you`;
  return (
    <Alert color="yellow" radius="lg" icon={<IconAlertTriangle aria-hidden />} title={title}>
      <List size="sm" spacing={4} className="system-any">
        {troubles.map((trouble) => (
          <List.Item key={`${trouble.area} ${trouble.subject} ${trouble.text}`}>
            <Subject trouble={trouble} />: {inConsole(trouble.text)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Subject({ trouble: { area, subject } }: { readonly trouble: Trouble }) {
  if (area === 'disk') return subject;
  const href = area === 'plugins' ? `/plugins/${encodeURIComponent(subject)}` : '/settings/models';
  return (
    <Anchor component={Link} href={href} c="inherit" size="sm" fw={600} underline="always">
      {subject}
    </Anchor>
  );
}
