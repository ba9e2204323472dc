import { Badge, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconTool } from '@tabler/icons-react';
import { Link, useSearchParams } from 'wouter';
import type { PluginDetail, Tool } from '../../../../contract/api.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ToolPolicy } from './tool-policy.tsx';
import { TryTool } from './try-tool.tsx';

const effects: Readonly<Record<Tool['effect'], string>> = {
  read: 'only reads',
  idempotent: 'changes; twice is the same as once',
  reversible: 'changes; can be taken back',
  irreversible: 'changes; cannot be taken back',
};

/** Before which calls somebody is asked. */
const asking: Readonly<Record<Tool['asks'], string>> = {
  always: 'a person allows each run',
  assistant: 'the assistant asks before it uses it',
  'after-results': 'the assistant asks once it was told results',
  never: 'runs without asking',
};

/** What it offers, with effect and approval, and the one that is tried now. */
export function ToolsPanel({ detail: { status, tools } }: { readonly detail: PluginDetail }) {
  const [query] = useSearchParams();
  const tried = tools.find(({ tool }) => tool === query.get('tool'));
  if (tried !== undefined) {
    return (
      <Stack>
        <Button component={Link} href={`/plugins/${status.name}?tab=tools`} variant="default" w="fit-content">
          All tools of {status.name}
        </Button>
        <ToolFacts tool={tried} />
        <TryTool key={tried.tool} tool={tried} />
      </Stack>
    );
  }
  if (tools.length === 0) {
    return (
      <EmptyState
        icon={IconTool}
        title="No tools yet"
        text={
          status.state === 'error'
            ? 'Its tools show once what is wrong is put right; see above.'
            : 'Its tools show when it was started once. “Check now” starts it.'
        }
      />
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed" maw="46rem">
        What you choose here is written into the manifest, under “tools”. More care is in force at once; less
        than was agreed to waits for your approval.
      </Text>
      {tools.map((tool) => (
        <Paper key={tool.name} withBorder radius="lg" p="md" className="plugin-tool">
          <Group justify="space-between" align="flex-start">
            <div style={{ flex: '1 1 16rem', minWidth: 0 }}>
              <ToolFacts tool={tool} />
            </div>
            <Button
              component={Link}
              href={`/plugins/${status.name}?tab=tools&tool=${encodeURIComponent(tool.tool)}`}
              variant="default"
              aria-label={`Try ${tool.tool}`}
            >
              Try
            </Button>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

function ToolFacts({ tool: offered }: { readonly tool: Tool }) {
  const { tool, name, title, description, effect, asks, whyAsks } = offered;
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text fw={600} className="tool-name">
          {tool}
        </Text>
        {title !== null && title !== tool && <Text size="sm">{title}</Text>}
      </Group>
      <Text size="sm" lineClamp={4}>
        {description}
      </Text>
      <Group gap="xs">
        <Badge variant="default" tt="none">
          {effects[effect]}
        </Badge>
        <Badge variant="default" tt="none">
          {asking[asks]}
        </Badge>
        <Text size="xs" c="dimmed" className="tool-name">
          {name}
        </Text>
      </Group>
      {whyAsks !== null && (
        <Text size="xs" c="dimmed">
          Because {whyAsks}.
        </Text>
      )}
      <ToolPolicy tool={offered} />
    </Stack>
  );
}
