import { Alert, Badge, Button, Checkbox, Group, List, Stack, Text } from '@mantine/core';
import type { ImportPlan, PlannedPlugin } from '../../../../contract/import.ts';
import { CodeView } from '../../parts/code-view.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/section.tsx';

interface PlanViewProps {
  readonly plan: ImportPlan;
  readonly granted: readonly string[];
  readonly update: boolean;
  readonly isBusy: boolean;
  readonly onGrant: (granted: readonly string[]) => void;
  readonly onUpdate: (update: boolean) => void;
  readonly onAdd: () => void;
}

/** All a person should know before anything is written: command, permissions, what it seems to need. */
export function PlanView({
  plan: { plugins },
  granted,
  update,
  isBusy,
  onGrant,
  onUpdate,
  onAdd,
}: PlanViewProps) {
  const isChanged = plugins.some(({ state }) => state === 'changed');
  const count = plugins.filter(({ state }) => state === 'new' || (state === 'changed' && update)).length;
  return (
    <Stack>
      {plugins.map((plugin) => (
        <PlannedView key={plugin.name} plugin={plugin} granted={granted} onGrant={onGrant} />
      ))}
      {isChanged && (
        <Checkbox
          label="Change the plugins of these names that are there already"
          checked={update}
          onChange={({ currentTarget }) => onUpdate(currentTarget.checked)}
        />
      )}
      <Group>
        <Button disabled={count === 0} loading={isBusy} onClick={onAdd}>
          {count === 0 ? 'There is nothing to add' : `Add ${count === 1 ? 'it' : `${count} plugins`}`}
        </Button>
        <Text size="sm" c="dimmed">
          It is written down and waits for your approval; nothing of it runs before.
        </Text>
      </Group>
    </Stack>
  );
}

const states: Readonly<Record<PlannedPlugin['state'], string>> = {
  new: 'new',
  same: 'there already',
  changed: 'another of that name is there',
  blocked: 'cannot run here',
};

interface PlannedViewProps {
  readonly plugin: PlannedPlugin;
  readonly granted: readonly string[];
  readonly onGrant: (granted: readonly string[]) => void;
}

function PlannedView({ plugin, granted, onGrant }: PlannedViewProps) {
  const {
    name,
    title,
    description,
    state,
    obstacle,
    command,
    permissions,
    settings,
    installs,
    differences,
    warnings,
  } = plugin;
  return (
    <Section title={name} text={title === name ? undefined : title}>
      <Group>
        <Badge variant="default" tt="none">
          {states[state]}
        </Badge>
      </Group>
      {obstacle !== null && (
        <Alert color="red" title={obstacle.problem}>
          {obstacle.todo}
        </Alert>
      )}
      {description !== '' && (
        <Text size="sm" lineClamp={4}>
          {description}
        </Text>
      )}
      <Text fw={600}>What will be started, exactly</Text>
      <CodeView text={command} label="Command" />
      <Text fw={600}>What it may do</Text>
      <Facts facts={permissions.map(({ about, allowed }) => [about, allowed] as const)} />
      <Needs plugin={plugin} granted={granted} onGrant={onGrant} />
      <Texts title="Downloaded or unpacked for it" texts={installs} />
      <Texts
        title="It will ask you for"
        texts={settings
          .filter(({ hasValue }) => !hasValue)
          .map(({ option }) => `${option.title}${option.required ? ' (it cannot do without)' : ''}`)}
      />
      <Texts
        title="Secrets that move into the secret store"
        texts={settings.filter(({ isMoved }) => isMoved).map(({ option }) => option.title)}
      />
      <Texts title="How it differs from what is there" texts={differences} />
      <Texts title="Warnings" texts={warnings} />
    </Section>
  );
}

/** What it seems to need and is not granted; once it is granted the plan does not name it any more. */
function Needs({ plugin: { name, needs }, granted, onGrant }: PlannedViewProps) {
  if (needs.length === 0 && granted.length === 0) return null;
  const open = needs.filter(({ flag }) => !granted.includes(flag));
  return (
    <Stack gap="xs">
      <Text fw={600}>What it seems to need beyond that</Text>
      {granted.map((flag) => (
        <Checkbox
          key={flag}
          label={`Granted: ${flag.replace(/^--allow-/, '')}`}
          checked
          onChange={() => onGrant(granted.filter((other) => other !== flag))}
        />
      ))}
      {open.map(({ text, flag }) => (
        <Checkbox
          key={`${name} ${flag}`}
          label={`${text} (grant ${flag.replace(/^--allow-/, '')})`}
          checked={false}
          onChange={() => onGrant([...granted, flag])}
        />
      ))}
    </Stack>
  );
}

function Texts({ title, texts }: { readonly title: string; readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <div>
      <Text fw={600}>{title}</Text>
      <List size="sm">
        {texts.map((text) => (
          <List.Item key={text} style={{ overflowWrap: 'anywhere' }}>
            {text}
          </List.Item>
        ))}
      </List>
    </div>
  );
}
