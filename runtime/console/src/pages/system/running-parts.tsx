import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconPlug } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ListedPlugin } from '../../../../contract/api.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Section } from '../../parts/section.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { lengthOf } from '../../parts/time.tsx';
import { toastDone, toastError } from '../../parts/toasts.ts';
import { bytesOf } from './bytes.ts';

/** The parts that run beside the kernel; each can be started afresh without the others. */
export function RunningParts({ plugins }: { readonly plugins: readonly ListedPlugin[] }) {
  const enabled = plugins.filter(({ enabled: isEnabled }) => isEnabled);
  const running = enabled.filter(({ pid }) => pid !== null).map(({ name }) => name);
  const restart = useRestart();
  return (
    <Section
      title="Parts"
      text="Plugins run beside the kernel, each by itself. One that is restarted ends what it does; the next call starts it afresh."
    >
      {enabled.length === 0 ? (
        <EmptyState
          icon={IconPlug}
          title="No plugin is enabled"
          text="The kernel runs alone. Plugins give the assistant its tools."
        >
          <Button component={Link} href="/plugins">
            See the plugins
          </Button>
        </EmptyState>
      ) : (
        <>
          <ul className="system-parts">
            {enabled.map((plugin) => (
              <Part key={plugin.name} plugin={plugin} onRestart={() => restart.mutate([plugin.name])} />
            ))}
          </ul>
          <Group>
            <Button
              variant="default"
              disabled={running.length === 0}
              loading={restart.isPending}
              onClick={() => restart.mutate(running)}
            >
              {running.length === 0 ? 'None runs now' : `Restart all that run (${running.length})`}
            </Button>
          </Group>
        </>
      )}
    </Section>
  );
}

interface PartProps {
  readonly plugin: ListedPlugin;
  readonly onRestart: () => void;
}

function Part({ plugin: { name, state, tier, restarts, health }, onRestart }: PartProps) {
  const { uptimeMs, usage } = health;
  const facts = [
    uptimeMs === null ? 'does not run' : `up ${lengthOf(uptimeMs)}`,
    ...(tier === null ? [] : [tier]),
    ...(usage === null ? [] : [bytesOf(usage.memoryBytes)]),
    ...(restarts === 0 ? [] : [restarts === 1 ? '1 restart' : `${restarts} restarts`]),
  ];
  return (
    <li className="system-part">
      <div className="system-any">
        <Anchor component={Link} href={`/plugins/${name}`} fw={600} size="sm">
          {name}
        </Anchor>
        <Text size="sm" c="dimmed">
          {facts.join(' · ')}
        </Text>
      </div>
      <StatePill state={state} />
      <Button size="compact-sm" variant="default" onClick={onRestart} aria-label={`Restart ${name}`}>
        Restart
      </Button>
    </li>
  );
}

function useRestart() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (names: readonly string[]) => {
      await Promise.all(
        names.map((name) => answerOf(api.plugins[':name'].restart.$post({ param: { name } }))),
      );
    },
    onSuccess: (_, names) => toastDone(`Stopped, to start afresh: ${names.join(', ')}`),
    onError: toastError,
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['plugins'] });
      await queries.invalidateQueries({ queryKey: ['overview'] });
    },
  });
}
