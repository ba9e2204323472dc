import { Stack, Text } from '@mantine/core';
import { isRecord } from '../../api/api-error.ts';
import { CodeView, JsonView } from '../../parts/code-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { lengthOf } from '../../parts/time.tsx';
import type { CallOutcome } from './call-tool.ts';

/** Of an image the address it is shown by; undefined for any other block. */
function imageOf(block: unknown): string | undefined {
  if (!isRecord(block) || block['type'] !== 'image') return undefined;
  const { mimeType, data } = block;
  const isShown = typeof mimeType === 'string' && /^image\/(?:png|jpeg|gif|webp|avif)$/.test(mimeType);
  return isShown && typeof data === 'string' ? `data:${mimeType};base64,${data}` : undefined;
}

/** What a tool answered: its texts and images as they are, all else as JSON. */
export function CallResult({ outcome: { run, result, tookMs } }: { readonly outcome: CallOutcome }) {
  const { content, structuredContent, isError } = result;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  const texts = blocks.flatMap((block) =>
    isRecord(block) && typeof block['text'] === 'string' ? [block['text']] : [],
  );
  const images = blocks.flatMap((block) => imageOf(block) ?? []);
  const others = blocks.filter(
    (block) => (!isRecord(block) || typeof block['text'] !== 'string') && imageOf(block) === undefined,
  );
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
      {images.map((address, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- an answer does not change
        <img key={index} className="call-image" src={address} alt="Answer of the tool" />
      ))}
      {others.length > 0 && <JsonView value={others} label="Other content" />}
      {structuredContent !== undefined && <JsonView value={structuredContent} label="Structured answer" />}
      {blocks.length === 0 && structuredContent === undefined && (
        <Text size="sm">It answered with nothing.</Text>
      )}
    </Stack>
  );
}
