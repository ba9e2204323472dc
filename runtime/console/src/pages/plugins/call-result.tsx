import { Stack, Text } from '@mantine/core';
import { isRecord } from '../../api/api-error.ts';
import { CodeView, JsonView } from '../../parts/code-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { lengthOf } from '../../parts/time.tsx';
import type { CallOutcome } from './call-tool.ts';

/** What a tool answered: its texts as they are, all else as JSON. */
export function CallResult({ outcome: { run, result, tookMs } }: { readonly outcome: CallOutcome }) {
  const { content, structuredContent, isError } = result;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts = blocks.flatMap((block) =>
    isRecord(block) && typeof block['text'] === 'string' ? [block['text']] : [],
  );
  const others = blocks.filter((block) => !isRecord(block) || typeof block['text'] !== 'string');
  return (
    <Stack gap="xs" role="status" aria-label="Result">
      <StatePill
        state={isError === true ? 'FAILED' : 'SUCCEEDED'}
        label={isError === true ? 'the tool reports an error' : 'it answered'}
      />
      <Text size="sm" c="dimmed">
        after {lengthOf(tookMs)}, run {run}
      </Text>
      {texts.length > 0 && <CodeView text={texts.join('\n\n')} label="Answer" />}
      {others.length > 0 && <JsonView value={others} label="Other content" />}
      {structuredContent !== undefined && <JsonView value={structuredContent} label="Structured answer" />}
      {blocks.length === 0 && structuredContent === undefined && (
        <Text size="sm">It answered with nothing.</Text>
      )}
    </Stack>
  );
}
