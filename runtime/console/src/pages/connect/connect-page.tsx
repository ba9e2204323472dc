import { Anchor, Button, Group, Paper, Stack, Tabs, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client.ts';
import { CodeView } from '../../parts/code-view.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { ConnectCheck } from './connect-check.tsx';
import { argumentsOf, snippetsOf, type KernelPlace } from './snippets.ts';

/** How other programs use the tools of this kernel. */
export function ConnectPage() {
  const doctor = useQuery({ queryKey: ['doctor'], queryFn: () => answerOf(api.doctor.$get()) });
  const [token, setToken] = useState<string | null>(null);
  return (
    <Page
      title="Connect"
      text="Use these tools from Claude Desktop, Claude Code, VS Code, Cursor and every other MCP client."
    >
      <QueryView query={doctor} what="where the kernel is">
        {({ paths, allowUnsandboxed }) => (
          <Stack gap="lg">
            <TokenStep token={token} onMade={setToken} />
            <Snippets
              place={{
                command: `${paths['program'] ?? ''}/bin/nexus`,
                args: argumentsOf(paths, allowUnsandboxed),
                mcpUrl: `${window.location.origin}/mcp`,
                token,
              }}
            />
            <ConnectCheck token={token} />
          </Stack>
        )}
      </QueryView>
    </Page>
  );
}

interface TokenStepProps {
  readonly token: string | null;
  readonly onMade: (token: string) => void;
}

/** Clients that speak HTTP show a token that may run tools and nothing else. */
function TokenStep({ token, onMade }: TokenStepProps) {
  const make = useMutation({
    mutationFn: () => answerOf(api.tokens.$post({ json: { name: 'MCP client', scopes: ['tools'] } })),
    onSuccess: (made) => onMade(made.token),
  });
  return (
    <Paper withBorder radius="lg" p="md" component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          1. A token
        </Title>
        <Text size="sm">
          Claude Desktop needs none: it starts Nexus’ own program as you. The others show a token that may run
          tools and nothing else. It is valid for 90 days and can be ended under{' '}
          <Anchor component={Link} href="/access" underline="always" inherit>
            Access
          </Anchor>
          .
        </Text>
        {token === null ? (
          <Button w="fit-content" loading={make.isPending} onClick={() => make.mutate()}>
            Make a token
          </Button>
        ) : (
          <>
            <CodeView text={token} label="Token" />
            <Text size="sm" c="dimmed">
              It is in the texts below and is shown this once.
            </Text>
          </>
        )}
        {make.error !== null && <ErrorView error={make.error} />}
      </Stack>
    </Paper>
  );
}

/** Becomes part of the id of an element, which has no spaces. */
function tabOf(client: string): string {
  return client.replaceAll(' ', '-');
}

function Snippets({ place }: { readonly place: KernelPlace }) {
  const snippets = snippetsOf(place);
  return (
    <Paper withBorder radius="lg" p="md" component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          2. Your client
        </Title>
        <Tabs defaultValue={tabOf('Claude Desktop')} keepMounted={false}>
          <Tabs.List>
            {snippets.map(({ client }) => (
              <Tabs.Tab key={client} value={tabOf(client)}>
                {client}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {snippets.map(({ client, where, text, isCommand }) => (
            <Tabs.Panel key={client} value={tabOf(client)} pt="sm">
              <Group gap="xs" mb="xs">
                <Text size="sm">{where}</Text>
              </Group>
              <CodeView text={text} label={`${isCommand ? 'Command' : 'Configuration'} for ${client}`} />
            </Tabs.Panel>
          ))}
        </Tabs>
      </Stack>
    </Paper>
  );
}
