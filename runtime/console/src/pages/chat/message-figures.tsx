import { Tooltip } from '@mantine/core';
import { moneyOf } from '../../parts/money.ts';
import { lengthOf } from '../../parts/time.tsx';
import type { Message } from './message.ts';

const count = new Intl.NumberFormat();

/** Which model answered, and what that took. */
export function MessageFigures({ message: { model, usage, routing } }: { readonly message: Message }) {
  if (model === null) return null;
  const why =
    routing === null
      ? []
      : routing.parts.map(({ name, points, why: reason }) => `${name} ${points}: ${reason}`);
  const by =
    routing === null ? '' : `Chosen by the ${routing.by}${why.length > 0 ? `: ${why.join('; ')}` : ''}`;
  const { inputTokens, outputTokens, costMicros, durationMs } = usage ?? {};
  return (
    <span className="chat-figures">
      <Tooltip label={by} disabled={by === ''} multiline maw={420}>
        <span tabIndex={by === '' ? undefined : 0}>{model}</span>
      </Tooltip>
      {typeof inputTokens === 'number' && <span>{count.format(inputTokens)} tokens read</span>}
      {typeof outputTokens === 'number' && <span>{count.format(outputTokens)} written</span>}
      {typeof durationMs === 'number' && <span>{lengthOf(durationMs)}</span>}
      {typeof costMicros === 'number' && <span>{moneyOf(costMicros)}</span>}
    </span>
  );
}
