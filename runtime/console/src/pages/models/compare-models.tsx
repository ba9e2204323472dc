import { Alert, Button, Group, Paper, SimpleGrid, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { MarkdownView } from '../../parts/markdown-view.tsx';
import { moneyOf } from '../../parts/money.ts';
import { Section } from '../../parts/section.tsx';
import { lengthOf } from '../../parts/time.tsx';
import { useModels } from '../../parts/use-models.ts';
import { ModelField } from './model-field.tsx';

const mostChars = 20_000;

/** As far as they are chosen. */
type Models = readonly (string | null)[];

/** The same question to two models, and what they say side by side. */
export function CompareModels() {
  const [pair, setPair] = useState<Models>([null, null]);
  const [prompt, setPrompt] = useState('');
  const isNone = useModels().data?.models.length === 0;
  const sides = [useAsk(), useAsk()] as const;
  const isBusy = sides.some((side) => side.ask.isPending);
  const isReady = prompt.trim() !== '' && pair.every((model) => model !== null);
  return (
    <Section
      title="Compare two models"
      text="Both are asked the same, without tools and without what the assistant knows. It is paid for."
    >
      {isNone && <Alert color="yellow">Set up a provider first: no model is known yet.</Alert>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          for (const [index, { ask }] of sides.entries()) {
            const model = pair[index];
            if (model !== null && model !== undefined) ask.mutate({ model, prompt: prompt.trim() });
          }
        }}
      >
        <Stack gap="sm">
          <Pair pair={pair} onChange={setPair} />
          <Textarea
            label="Question"
            autosize
            minRows={2}
            maxRows={12}
            maxLength={mostChars}
            value={prompt}
            onChange={({ currentTarget }) => setPrompt(currentTarget.value)}
          />
          <Group>
            <Button type="submit" disabled={!isReady} loading={isBusy}>
              Ask both
            </Button>
            {isBusy && (
              <Button variant="default" onClick={() => sides.forEach(({ stop }) => stop())}>
                Stop
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {sides.map(({ ask }, index) => (
          // There are two, and they stay where they are.
          // oxlint-disable-next-line react/no-array-index-key
          <Answer key={index} ask={ask} />
        ))}
      </SimpleGrid>
    </Section>
  );
}

interface PairProps {
  readonly pair: Models;
  readonly onChange: (pair: Models) => void;
}

function Pair({ pair, onChange }: PairProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      {(['One model', 'Another model'] as const).map((label, index) => (
        <ModelField
          key={label}
          label={label}
          value={pair[index] ?? null}
          onChange={(model) => onChange(pair.with(index, model))}
        />
      ))}
    </SimpleGrid>
  );
}

function useAsk() {
  const queries = useQueryClient();
  const stopping = useRef<AbortController>(undefined);
  const ask = useMutation({
    mutationFn: (json: { readonly model: string; readonly prompt: string }) => {
      const { signal } = (stopping.current = new AbortController());
      return answerOf(api.models.test.$post({ json }, { init: { signal } }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['usage'] }),
  });
  return { ask, stop: () => stopping.current?.abort() };
}

function Answer({ ask: { data, error, isPending, variables } }: Pick<ReturnType<typeof useAsk>, 'ask'>) {
  if (isPending)
    return (
      <Text size="sm" c="dimmed" role="status">
        {variables.model} is asked…
      </Text>
    );
  if (error !== null && !(error instanceof DOMException)) return <ErrorView error={error} />;
  if (data === undefined) return null;
  return (
    <Paper withBorder radius="md" p="sm" component="article" aria-label={`Answer of ${data.model}`}>
      <Text fw={600} className="models-name">
        {data.model}
      </Text>
      <Text size="sm" c="dimmed" mb="xs">
        {lengthOf(data.durationMs)} · {data.inputTokens ?? '?'} + {data.outputTokens ?? '?'} tokens
        {data.costMicros !== null && ` · ${moneyOf(data.costMicros)}`}
      </Text>
      <MarkdownView text={data.text} />
    </Paper>
  );
}
