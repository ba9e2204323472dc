import { Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ContextPreview } from '../../../../contract/context.ts';
import { CodeView } from '../../parts/code-view.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import type { Draft } from '../../parts/settings/draft.ts';
import { assistantsQuery } from '../../parts/assistants-query.ts';
import { previewQuery } from './persona-queries.ts';
import { TokenParts } from './token-parts.tsx';

const typingMs = 250;

interface PromptPreviewProps {
  /** What is typed and not saved. */
  readonly persona: Draft;
  readonly assistant: string | null;
  readonly onAssistant: (name: string | null) => void;
}

/** What a model would be told with what is typed now, and what each part of it takes. */
export function PromptPreview({ persona, assistant, onAssistant }: PromptPreviewProps) {
  const [message, setMessage] = useState('');
  const [asked] = useDebouncedValue({ persona, assistant, message: message.trim() }, typingMs);
  const preview = useQuery(previewQuery(asked));
  const assistants = useQuery(assistantsQuery);
  const choices = assistants.data?.assistants.map(({ name, title }) => ({ value: name, label: title })) ?? [];
  const isDrafted = Object.keys(persona).length > 0;
  return (
    <Section
      title="What a model is told"
      text={isDrafted ? 'With what you typed, before it is saved.' : 'As it is now, in a new conversation.'}
    >
      {choices.length > 1 && (
        <Select
          label="Assistant"
          data={choices}
          value={assistant ?? preview.data?.assistant ?? null}
          onChange={onAssistant}
          allowDeselect={false}
        />
      )}
      <Textarea
        label="If you said"
        description="Memories are chosen by what is said."
        placeholder="When is the zoo open?"
        autosize
        maxRows={4}
        maxLength={10_000}
        value={message}
        onChange={({ currentTarget }) => setMessage(currentTarget.value)}
      />
      <QueryView query={preview} what="the prompt" rows={3}>
        {(told) => <Told told={told} />}
      </QueryView>
    </Section>
  );
}

function Told({ told }: { readonly told: ContextPreview }) {
  const { system, data } = told;
  return (
    <Stack gap="md">
      <TokenParts told={told} />
      <div>
        <Group justify="space-between" mb={6}>
          <Text size="sm" fw={600}>
            The assembled prompt
          </Text>
        </Group>
        <CodeView text={system.join('\n\n')} label="The assembled prompt" />
      </div>
      {data !== null && (
        <div>
          <Text size="sm" fw={600} mb={6}>
            Told as data, with what you say
          </Text>
          <CodeView text={data} label="Told as data" />
        </div>
      )}
    </Stack>
  );
}
