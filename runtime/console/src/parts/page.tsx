import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

/** What a page is given: the parts of its address by name. */
export interface PageParams {
  readonly params: Readonly<Record<string, string | undefined>>;
}

interface PageProps {
  readonly title: string;
  readonly text?: ReactNode;
  /** What can be done with the page as a whole. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of every page but the chat: its title, its actions, its content. */
export function Page({ title, text, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Nexus`;
  }, [title]);
  return (
    <Box maw="var(--nexus-content-width)" mx="auto" p={{ base: 'md', md: 'xl' }}>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={1} size="h2">
              {title}
            </Title>
            {text !== undefined && <Text c="dimmed">{text}</Text>}
          </div>
          {actions}
        </Group>
        {children}
      </Stack>
    </Box>
  );
}
