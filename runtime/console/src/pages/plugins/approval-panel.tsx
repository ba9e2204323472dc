import { Badge, Button, Checkbox, Group, List, Paper, Stack, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { HeldChange, PluginConsent } from '../../../../contract/consent.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Time } from '../../parts/time.tsx';
import { DiffView } from './diff-view.tsx';
import { usePluginAction } from './plugin-queries.ts';
import { Section } from '../../parts/section.tsx';

/** What waits for approval with what differs, and who agreed to what before. */
export function ApprovalPanel({ consent }: { readonly consent: PluginConsent }) {
  const { held, approvals } = consent;
  return (
    <Stack>
      {held.length === 0 ? (
        <NothingHeld consent={consent} />
      ) : (
        // Another set of changes is another decision: nothing stays ticked from before.
        <HeldChanges key={consent.seen} consent={consent} />
      )}
      <Section title="Agreed to">
        {approvals.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing yet.
          </Text>
        ) : (
          <List size="sm" spacing="xs">
            {approvals.map(({ id, at, user, actor, what }) => (
              <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
                <Time at={at} />, {user} through {actor}: {what.join(' ')}
              </List.Item>
            ))}
          </List>
        )}
      </Section>
    </Stack>
  );
}

function NothingHeld({ consent: { state, changes } }: { readonly consent: PluginConsent }) {
  // It was imported; what it is shows once it is prepared, which needs its settings and can mean to read many files.
  if (state === 'waiting')
    return (
      <EmptyState
        icon={IconShieldSearch}
        title="It was not looked at yet"
        text="Nothing of it runs before you agree to it. What there is to agree to comes up here when its settings are filled in and its files were read."
      />
    );
  return (
    <EmptyState
      icon={IconShieldCheck}
      title="Nothing waits for approval"
      text={
        changes === 'follow'
          ? 'Its code and its tools may change without asking; what it may do never widens without asking.'
          : 'When its code, its tools or its permissions change, the change waits here.'
      }
    />
  );
}

function isTool({ kind }: HeldChange): boolean {
  return /^(?:tool|prompt)-/.test(kind);
}

/** Of what was not there before, everything. */
function Difference({ change: { subject, diff, before, after } }: { readonly change: HeldChange }) {
  const lines = diff === '' ? [...signed('-', before), ...signed('+', after)].join('\n') : diff;
  return lines === '' ? null : <DiffView diff={lines} label={`What differs: ${subject}`} />;
}

function signed(sign: string, text: string | null): readonly string[] {
  return text === null ? [] : text.split('\n').map((line) => `${sign}${line}`);
}

function HeldChanges({ consent: { plugin, held, seen } }: { readonly consent: PluginConsent }) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  // Only tools and prompts can be agreed to one by one; anything else is agreed to as a whole.
  const isByTool = held.every(isTool);
  const taken = held.filter(({ subject }) => !left.has(subject));
  const approve = usePluginAction(
    () => {
      const some =
        isByTool && taken.length < held.length ? { tools: taken.map(({ subject }) => subject) } : {};
      return answerOf(
        api.plugins[':name'].approve.$post({ param: { name: plugin }, json: { seen, ...some } }),
      );
    },
    () => `${plugin}: approved, and on record`,
  );
  const toggle = (subject: string): void => {
    const next = new Set(left);
    if (!next.delete(subject)) next.add(subject);
    setLeft(next);
  };
  return (
    <Section title="Waits for your approval" text="Nothing of this is in force before you agree to it.">
      {held.map((change) => (
        <Paper key={`${change.kind} ${change.subject}`} withBorder radius="md" p="sm">
          <Stack gap="xs">
            <Group gap="xs" wrap="nowrap" align="flex-start">
              {isByTool && (
                <Checkbox
                  aria-label={`Agree to ${change.subject}`}
                  checked={!left.has(change.subject)}
                  onChange={() => toggle(change.subject)}
                />
              )}
              <Text size="sm" style={{ flex: 1, overflowWrap: 'anywhere' }}>
                {change.text}
              </Text>
              <Badge variant="default" tt="none">
                {change.kind.replace('-', ' ')}
              </Badge>
            </Group>
            <Difference change={change} />
          </Stack>
        </Paper>
      ))}
      <Group>
        <Button loading={approve.isPending} disabled={taken.length === 0} onClick={() => approve.mutate()}>
          {taken.length === held.length ? 'Approve' : `Approve ${taken.length} of ${held.length}`}
        </Button>
      </Group>
    </Section>
  );
}
