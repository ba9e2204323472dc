import { Button } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from 'wouter';
import { EmptyState } from '../parts/empty-state.tsx';
import { Page } from '../parts/page.tsx';
import { home } from '../routes.ts';

export function NotFound() {
  return (
    <Page title="Not here">
      <EmptyState
        icon={IconMapOff}
        title="There is no such page"
        text="The address may be mistyped or from another version."
      >
        <Button component={Link} href={home}>
          Go to the chat
        </Button>
      </EmptyState>
    </Page>
  );
}
