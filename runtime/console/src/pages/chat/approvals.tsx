import { Button, Group, JsonInput, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Approval } from '../../../../contract/approvals.ts';
import { isRecord } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { JsonView } from '../../parts/code-view.tsx';
import { effectWords } from '../../parts/effect-words.ts';

const mostShown = 100;

/** The questions that a turn waits with. */
export function Approvals({ execution }: { readonly execution: string | null }) {
  const open = useQuery({
    queryKey: ['approvals', 'open'],
    queryFn: () => answerOf(api.approvals.$get({ query: { state: 'PENDING', limit: mostShown } })),
  });
  const asked = open.data?.filter((approval) => approval.execution === execution) ?? [];
  return asked.map((approval) => <ApprovalCard key={approval.id} approval={approval} />);
}

type Mode = 'asked' | 'edit' | 'deny';

/** May the assistant do this? */
function ApprovalCard({ approval }: { readonly approval: Approval }) {
  const { tool, effect, args } = approval;
  const [mode, setMode] = useState<Mode>('asked');
  const [said, setSaid] = useState('');
  const answer = useAnswer(approval);
  const edited = mode === 'edit' ? parseArgs(said) : undefined;
  const allow = (): void =>
    answer.mutate({ decision: 'allow', ...(edited !== undefined && { args: edited }) });
  const deny = (): void =>
    mode === 'deny'
      ? answer.mutate({ decision: 'deny', ...(said !== '' && { reason: said }) })
      : begin('deny', '');
  const begin = (next: Mode, text: string): void => {
    setMode(next);
    setSaid(text);
  };
  return (
    <section className="approval" aria-label={`Approval of ${tool}`}>
      <Stack gap="sm">
        <Question tool={tool} effect={effect} />
        {mode === 'edit' ? (
          <JsonInput
            label="Arguments"
            autosize
            minRows={3}
            maxRows={16}
            value={said}
            onChange={setSaid}
            error={edited === undefined && 'This is not a JSON object'}
          />
        ) : (
          <JsonView value={args} label="Arguments" />
        )}
        {mode === 'deny' && (
          <TextInput
            label="Why not?"
            description="The assistant is told, and can do something else."
            value={said}
            onChange={(event) => setSaid(event.currentTarget.value)}
            ref={(field) => field?.focus()}
          />
        )}
        {answer.error !== null && <ErrorView error={answer.error} />}
        <Answers
          mode={mode}
          isPending={answer.isPending}
          canAllow={mode !== 'edit' || edited !== undefined}
          onAllow={allow}
          onEdit={() => begin('edit', JSON.stringify(args, null, 2))}
          onDeny={deny}
          onBack={() => begin('asked', '')}
        />
      </Stack>
    </section>
  );
}

function Question({ tool, effect }: Pick<Approval, 'tool' | 'effect'>) {
  return (
    <>
      <Text fw={600}>
        May the assistant use <code>{tool}</code>?
      </Text>
      <Text size="sm" c="dimmed">
        {effectWords(effect)} It waits, over restarts too.
      </Text>
    </>
  );
}

interface AnswersProps {
  readonly mode: Mode;
  readonly isPending: boolean;
  readonly canAllow: boolean;
  readonly onAllow: () => void;
  readonly onEdit: () => void;
  readonly onDeny: () => void;
  readonly onBack: () => void;
}

function Answers({ mode, isPending, canAllow, onAllow, onEdit, onDeny, onBack }: AnswersProps) {
  return (
    <Group gap="xs">
      {mode !== 'deny' && (
        <Button onClick={onAllow} loading={isPending} disabled={!canAllow}>
          {mode === 'edit' ? 'Allow with these arguments' : 'Allow once'}
        </Button>
      )}
      {mode === 'asked' && (
        <Button variant="default" onClick={onEdit}>
          Edit arguments
        </Button>
      )}
      {mode !== 'edit' && (
        <Button variant="default" onClick={onDeny} loading={isPending}>
          Deny
        </Button>
      )}
      {mode !== 'asked' && (
        <Button variant="subtle" onClick={onBack}>
          Back
        </Button>
      )}
    </Group>
  );
}

function useAnswer({ id }: Approval) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: { decision: 'allow' | 'deny'; args?: Record<string, unknown>; reason?: string }) =>
      answerOf(api.approvals[':id'].$post({ param: { id }, json })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['approvals'] }),
  });
}

function parseArgs(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? { ...parsed } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
