import {
  Button,
  Group,
  JsonInput,
  SegmentedControl,
  Select,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import type { NewSchedule as Asked } from '../../../../contract/schedules.ts';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Section } from '../../parts/section.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { argumentsIn, titleOf } from './asked-action.ts';

const kinds = [
  { value: 'prompt', label: 'Ask the assistant' },
  { value: 'tool', label: 'Run a tool' },
];

/** What is to be done, as far as it was typed. */
interface Draft {
  readonly kind: string;
  readonly text: string;
  readonly tool: string;
  readonly args: string;
  readonly when: string;
}

const blank: Draft = { kind: 'prompt', text: '', tool: '', args: '{}', when: '' };

/** Proposes a schedule; it is armed in the list, where it stands in words and with its firings. */
export function NewSchedule() {
  const [draft, setDraft] = useState(blank);
  useUnsaved(draft.text !== '' || draft.args !== blank.args, '/schedules');
  const propose = usePropose(() => setDraft({ ...blank, kind: draft.kind }));
  const asked = askedFor(draft);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (asked !== null) propose.mutate(asked);
  };
  return (
    <Section title="Something new">
      <Stack component="form" onSubmit={submit}>
        <ActionFields draft={draft} onChange={change} />
        <TextInput
          label="When"
          description="In words, as a time such as 2026-12-24T18:00, or as five cron fields. Words are turned into cron by a model."
          maxLength={200}
          value={draft.when}
          onChange={(event) => change({ when: event.currentTarget.value })}
        />
        {propose.error !== null && <ErrorView error={propose.error} />}
        <Group>
          <Button type="submit" loading={propose.isPending} disabled={asked === null}>
            Propose
          </Button>
        </Group>
      </Stack>
    </Section>
  );
}

/** Null while something is missing or wrong. */
function askedFor({ kind, text, tool, args, when }: Draft): Asked | null {
  const given = argumentsIn(args);
  const isComplete = kind === 'prompt' ? text.trim() !== '' : tool !== '' && given !== null;
  if (!isComplete || when.trim() === '') return null;
  const action: Asked['action'] =
    kind === 'prompt'
      ? { kind, text: text.trim(), thread: null, assistant: 'nexus' }
      : { kind: 'tool', tool, args: given ?? {} };
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return { title: titleOf(action), when: when.trim(), timeZone, missed: 'once', action };
}

interface FieldsProps {
  readonly draft: Draft;
  readonly onChange: (part: Partial<Draft>) => void;
}

function ActionFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      <SegmentedControl
        className="schedules-kinds"
        aria-label="What is done"
        data={kinds}
        value={draft.kind}
        onChange={(kind) => onChange({ kind })}
      />
      {draft.kind === 'tool' ? (
        <ToolFields draft={draft} onChange={onChange} />
      ) : (
        <Textarea
          label="What the assistant is asked"
          autosize
          minRows={2}
          maxRows={8}
          maxLength={20_000}
          value={draft.text}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
        />
      )}
    </>
  );
}

function ToolFields({ draft: { tool, args }, onChange }: FieldsProps) {
  const tools = useQuery({ queryKey: ['tools'], queryFn: () => answerOf(api.tools.$get()) });
  return (
    <>
      <Select
        label="Tool"
        searchable
        placeholder="Which tool"
        data={(tools.data ?? []).map(({ name }) => name)}
        value={tool === '' ? null : tool}
        error={tools.error === null ? undefined : 'The tools could not be read'}
        onChange={(value) => onChange({ tool: value ?? '' })}
      />
      <JsonInput
        label="Arguments"
        autosize
        minRows={2}
        maxRows={10}
        value={args}
        error={argumentsIn(args) === null ? 'This is no JSON object' : undefined}
        onChange={(text) => onChange({ args: text })}
      />
    </>
  );
}

function usePropose(onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: Asked) => answerOf(api.schedules.$post({ json })),
    onSuccess: async () => {
      onDone();
      toastDone('Read what it says below, and arm it');
      await queries.invalidateQueries({ queryKey: ['schedules'] });
    },
  });
}
