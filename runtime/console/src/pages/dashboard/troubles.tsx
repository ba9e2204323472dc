import { Alert, Anchor, List } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from 'wouter';
import { inConsole } from '../../api/console-words.ts';
import type { Overview } from '../../../../contract/overview.ts';

type Trouble = Overview['troubles'][number];

/** What needs somebody, each with the way to where it is put right. */
export function Troubles({ troubles }: Pick<Overview, 'troubles'>) {
  if (troubles.length === 0)
    return (
      <Alert color="teal" radius="lg" icon={<IconCircleCheck aria-hidden />} title="All is well">
        Every plugin works, a model is chosen, and there is room on the disk.
      </Alert>
    );
  const title = troubles.length === 1 ? 'Something needs you' : `${troubles.length} things need you`;
  return (
    <Alert color="yellow" radius="lg" icon={<IconAlertTriangle aria-hidden />} title={title}>
      <List size="sm">
        {troubles.map((trouble) => (
          <List.Item key={`${trouble.area} ${trouble.subject}`} className="dashboard-trouble">
            <Anchor component={Link} href={placeOf(trouble)} underline="always" inherit>
              {trouble.subject}
            </Anchor>
            : {inConsole(trouble.text)}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function placeOf({ area, subject }: Trouble): string {
  if (area === 'plugins') return `/plugins/${subject}`;
  return area === 'models' ? '/models' : '/system';
}
