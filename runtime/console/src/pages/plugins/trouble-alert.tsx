import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { Plugin } from '../../../../contract/api.ts';
import { inConsole } from '../../api/console-words.ts';
import { InstallButton } from './install-button.tsx';

const titles: Readonly<Record<string, string>> = {
  error: 'It does not work',
  quarantined: 'It is held back',
};

/** What to call the trouble a plugin is in; null when it is in none. */
export function titleOfTrouble({ state, reason }: Pick<Plugin, 'state' | 'reason'>): string | null {
  // What lacks a setting is available, and says so.
  if (state === 'available' && reason !== '') return 'It waits for you';
  return titles[state] ?? null;
}

interface TroubleAlertProps {
  readonly plugin: Plugin;
  /** Required settings that have no value, by their titles. */
  readonly missing: readonly string[];
  /** How many changes wait for approval. */
  readonly held: number;
}

/** Why a plugin is red or held, what to do, and the way there. */
export function TroubleAlert({ plugin, missing, held }: TroubleAlertProps) {
  const { name, state } = plugin;
  const trouble = troubleOf(plugin, held);
  if (trouble === null) return null;
  const isBad = state === 'error';
  return (
    <Alert
      color={isBad ? 'red' : 'yellow'}
      radius="lg"
      icon={<IconAlertTriangle aria-hidden />}
      title={trouble.title}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {inConsole(trouble.reason)}
      </Text>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {inConsole(trouble.nextStep)}
      </Text>
      <Group mt="sm" gap="sm">
        {missing.length > 0 && (
          <Button component={Link} href={`/plugins/${name}?tab=settings`} size="compact-md">
            Fill in {missing.join(', ')}
          </Button>
        )}
        {held > 0 && (
          <Button component={Link} href={`/plugins/${name}?tab=approval`} size="compact-md">
            See what waits for approval
          </Button>
        )}
        {isBad && (
          <>
            {lacksPackages(plugin) && <InstallButton plugin={name} />}
            <Button component={Link} href={`/plugins/${name}?tab=log`} size="compact-md" variant="default">
              What it wrote last
            </Button>
          </>
        )}
      </Group>
    </Alert>
  );
}

/** Whether the kernel says that packages are missing: to install them helps against nothing else. */
function lacksPackages({ warnings, nextStep }: Plugin): boolean {
  return [...warnings, nextStep].some((text) => text.includes('install-deps'));
}

interface Trouble {
  readonly title: string;
  readonly reason: string;
  readonly nextStep: string;
}

function troubleOf(plugin: Plugin, held: number): Trouble | null {
  const { reason, nextStep, pending } = plugin;
  const title = titleOfTrouble(plugin);
  if (title !== null) return { title, reason, nextStep };
  if (pending !== null && pending.kind !== 'starting')
    return { title: 'A change is not in force; what was before serves on', ...pending };
  if (held === 0) return null;
  const waiting = `${held} ${held === 1 ? 'change waits' : 'changes wait'} for your approval`;
  return { title: waiting, reason: 'What was agreed to before works.', nextStep: '' };
}
