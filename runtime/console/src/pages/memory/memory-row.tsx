import { Button, Group, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { Memory } from '../../../../contract/memories.ts';
import { answerOf, api } from '../../api/client.ts';
import { StatePill } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';
import { useChange } from '../../parts/use-change.ts';
import { trustLook } from './trust-look.ts';

/** One memory: its text as it is, who stands behind it, and what can be done with it. */
export function MemoryRow({ memory }: { readonly memory: Memory }) {
  const { id, text, trust, scope, assistant, thread, createdAt, deletedAt, approvedAt, approvedBy } = memory;
  const { tone, label } = trustLook(trust);
  return (
    <li>
      <p className="memory-text">{text}</p>
      <Group gap="sm" justify="space-between">
        <Group gap="sm">
          <StatePill state={trust} tone={tone} label={label} />
          <Text size="xs" c="dimmed">
            {scope === 'assistant' ? `for ${assistant ?? 'an assistant'}` : `for ${scopeWords[scope]}`},{' '}
            <Time at={createdAt} />
            {approvedAt !== null && `, approved by ${approvedBy ?? 'a person'}`}
          </Text>
          {thread !== null && (
            <Text component={Link} href={`/chat/${thread}`} size="xs">
              Where it was written
            </Text>
          )}
        </Group>
        <MemoryActions
          id={id}
          canApprove={trust !== 'person' && deletedAt === null}
          isDeleted={deletedAt !== null}
        />
      </Group>
    </li>
  );
}

const scopeWords = { user: 'you', organisation: 'everybody' } as const;

interface MemoryActionsProps {
  readonly id: string;
  readonly canApprove: boolean;
  readonly isDeleted: boolean;
}

function MemoryActions({ id, canApprove, isDeleted }: MemoryActionsProps) {
  const param = { id };
  const approve = useChange(
    'memories',
    () => answerOf(api.memories[':id'].approve.$post({ param })),
    'It counts as yours now',
  );
  const remove = useChange(
    'memories',
    () => answerOf(api.memories[':id'].$delete({ param })),
    'It is in the trash',
  );
  const restore = useChange(
    'memories',
    () => answerOf(api.memories[':id'].restore.$post({ param })),
    'It is back',
  );
  return (
    <Group gap="xs">
      {canApprove && (
        <Button
          size="compact-sm"
          variant="light"
          loading={approve.isPending}
          onClick={() => approve.mutate()}
        >
          Stand behind it
        </Button>
      )}
      {isDeleted ? (
        <Button
          size="compact-sm"
          variant="default"
          loading={restore.isPending}
          onClick={() => restore.mutate()}
        >
          Take back
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          Throw away
        </Button>
      )}
    </Group>
  );
}
