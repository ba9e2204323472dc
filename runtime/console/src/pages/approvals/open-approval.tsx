import { Anchor, Button, Group, Paper, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Approval, ApprovalAnswer } from '../../../../contract/approvals.ts';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { effectWords } from '../../parts/effect-words.ts';
import { JsonView } from '../../parts/code-view.tsx';
import { Time } from '../../parts/time.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { LeaseForm, type LeaseDraft } from './lease-form.tsx';
import { rulesOf } from './lease-rules.ts';
import { readObject } from './read-object.ts';
import './approvals.css';

/** One question: what would be called, with what, and the answers to it. */
export function OpenApproval({ approval }: { readonly approval: Approval }) {
  const [edited, setEdited] = useState<string>();
  const [reason, setReason] = useState('');
  const [lease, setLease] = useState<LeaseDraft | null>(null);
  const answer = useApprovalAnswer(approval);
  const args = edited === undefined ? undefined : readObject(edited);
  const isReadable = typeof args !== 'string';
  const sent = isReadable && args !== undefined ? args : approval.args;
  const allow = (): void =>
    answer.mutate({
      decision: 'allow',
      ...given(reason),
      ...(isReadable && args && { args }),
      ...leased(lease, sent),
    });
  return (
    <Paper component="section" withBorder radius="lg" p="md" aria-label={`Approval of ${approval.tool}`}>
      <Stack gap="sm">
        <Asked approval={approval} />
        <Arguments
          approval={approval}
          edited={edited}
          problem={isReadable ? undefined : args}
          onEdit={setEdited}
        />
        <TextInput
          label="Reason"
          description="Optional. With a denial the assistant is told, and can do something else."
          value={reason}
          maxLength={2_000}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <LeaseForm tool={approval.tool} args={sent} lease={lease} onChange={setLease} />
        {answer.error !== null && <ErrorView error={answer.error} />}
        <Group gap="xs">
          <Button disabled={!isReadable} loading={answer.isPending} onClick={allow}>
            {edited === undefined ? 'Allow' : 'Allow with these arguments'}
          </Button>
          <Button
            variant="default"
            loading={answer.isPending}
            onClick={() => answer.mutate({ decision: 'deny', ...given(reason) })}
          >
            Deny
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function given(reason: string): Pick<ApprovalAnswer, 'reason'> {
  return reason.trim() === '' ? {} : { reason: reason.trim() };
}

function leased(lease: LeaseDraft | null, args: Approval['args']): Pick<ApprovalAnswer, 'lease'> {
  if (lease === null) return {};
  const { count, hours, chosen } = lease;
  return { lease: { count, hours, arguments: rulesOf(args, chosen) } };
}

function Asked({
  approval: { tool, plugin, effect, because, thread, createdAt, expiresAt },
}: {
  readonly approval: Approval;
}) {
  return (
    <div>
      <Title order={2} size="h4" className="approval-tool">
        {tool}
      </Title>
      <Text size="sm">
        {effectWords(effect)} Of the plugin{' '}
        <Anchor component={Link} href={`/plugins/${plugin}`} underline="always">
          {plugin}
        </Anchor>
        .
      </Text>
      {because !== '' && <Text size="sm">You are asked because {because}.</Text>}
      <Text size="sm" c="dimmed">
        Asked <Time at={createdAt} />, expires <Time at={expiresAt} />
        {thread !== null && (
          <>
            {', in '}
            <Anchor component={Link} href={`/chat/${thread}`} underline="always">
              its chat
            </Anchor>
          </>
        )}
      </Text>
    </div>
  );
}

interface ArgumentsProps {
  readonly approval: Approval;
  /** Undefined while they are as they were asked for. */
  readonly edited: string | undefined;
  readonly problem: string | undefined;
  readonly onEdit: (text: string | undefined) => void;
}

function Arguments({ approval: { args, tool }, edited, problem, onEdit }: ArgumentsProps) {
  const isEdited = edited !== undefined;
  return (
    <Stack gap="xs">
      {isEdited ? (
        <Textarea
          label="Arguments"
          description="A JSON object. They are checked against what the tool takes."
          classNames={{ input: 'approval-editor' }}
          autosize
          minRows={3}
          maxRows={20}
          spellCheck={false}
          value={edited}
          error={problem}
          onChange={({ currentTarget }) => onEdit(currentTarget.value)}
        />
      ) : (
        <JsonView value={args} label={`Arguments of ${tool}`} />
      )}
      <div>
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => onEdit(isEdited ? undefined : JSON.stringify(args, null, 2))}
        >
          {isEdited ? 'Back to what was asked' : 'Edit arguments'}
        </Button>
      </div>
    </Stack>
  );
}

function useApprovalAnswer({ id, tool }: Approval) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: ApprovalAnswer) => answerOf(api.approvals[':id'].$post({ param: { id }, json })),
    onSuccess: ({ state }) => toastDone(state === 'DENIED' ? `${tool} was denied` : `${tool} was allowed`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['approvals'] }),
  });
}
