import { Text } from '@mantine/core';
import type { ContextPreview } from '../../../../contract/context.ts';
import { CodeView } from '../../parts/code-view.tsx';

const count = new Intl.NumberFormat();

interface TokenPart {
  readonly key: string;
  readonly title: string;
  readonly tokens: number;
  /** Who stands behind it, or what it is of. */
  readonly note: string;
  /** Its text; absent where there is none to show. */
  readonly text?: string;
}

const trusts: Readonly<Record<string, string>> = {
  person: 'instructions',
  assistant: 'data: an assistant wrote it',
  untrusted: 'data: nobody vouched for it',
};

/** What each part of a prompt takes, in tokens as they are estimated; each can be opened. */
export function TokenParts({ told }: { readonly told: ContextPreview }) {
  const parts = partsOf(told);
  const most = Math.max(1, ...parts.map(({ tokens }) => tokens));
  return (
    <div>
      <Text size="sm" fw={600} mb={6} role="status">
        About {count.format(told.tokens)} tokens before you say anything
      </Text>
      <ul className="token-parts">
        {parts.map((part) => (
          <li key={part.key}>
            <Part part={part} share={part.tokens / most} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Part({
  part: { title, tokens, note, text },
  share,
}: {
  readonly part: TokenPart;
  readonly share: number;
}) {
  const line = (
    <>
      <span className="token-part-title">{title}</span>
      <span className="token-part-note">{note}</span>
      <span className="token-part-count">{count.format(tokens)}</span>
      <span className="token-part-bar" aria-hidden>
        <span style={{ width: `${100 * share}%` }} />
      </span>
    </>
  );
  if (text === undefined) return <div className="token-part">{line}</div>;
  return (
    <details>
      <summary className="token-part">{line}</summary>
      <CodeView text={text} label={title} />
    </details>
  );
}

function partsOf({ parts, tools, history }: ContextPreview): readonly TokenPart[] {
  const toolTokens = tools.reduce((sum, { tokens }) => sum + tokens, 0);
  return [
    ...parts.map(({ kind, title, tokens, trust, text }, index) => ({
      key: `${index} ${kind} ${title}`,
      title,
      tokens,
      note: trusts[trust] ?? trust,
      text,
    })),
    {
      key: 'tools',
      title: tools.length === 1 ? '1 tool' : `${tools.length} tools`,
      tokens: toolTokens,
      note: 'names, descriptions, arguments',
      text: tools
        .toSorted((a, b) => b.tokens - a.tokens)
        .map(({ name, tokens }) => `${name}: ${count.format(tokens)}`)
        .join('\n'),
    },
    ...(history.messages === 0
      ? []
      : [
          {
            key: 'history',
            title: `${history.messages} messages`,
            tokens: history.tokens,
            note: 'what was said',
          },
        ]),
  ];
}
