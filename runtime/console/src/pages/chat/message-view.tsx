import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { Link } from 'wouter';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { ApiError } from '../../api/api-error.ts';
import { GrowingMarkdown } from '../../parts/markdown-view.tsx';
import { PinButton } from './pin-button.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';
import { Approvals } from './approvals.tsx';
import { BlockView } from './block-view.tsx';
import type { Conversation, Partial } from './conversation.ts';
import { MessageFigures } from './message-figures.tsx';
import { isOver, isReport, wordsOf, type Message, type ToolResult } from './message.ts';
import { ReportCard } from './report-card.tsx';

interface MessageViewProps {
  readonly message: Message;
  readonly partial: Partial | null;
  readonly runs: Conversation['runs'];
  readonly onPin: (message: Message) => void;
  /** Null while a turn is under way. */
  readonly onEdit: ((message: Message) => void) | null;
}

export function MessageView(props: MessageViewProps) {
  const { role, content } = props.message;
  if (role === 'assistant') return <Answer {...props} />;
  return content.every(isReport) ? <Reported {...props} /> : <Said {...props} />;
}

/** What sub-agents came to while nobody said anything. */
function Reported({ message }: MessageViewProps) {
  return (
    <article className="chat-answer" aria-label="Sub-agents">
      {message.content.filter(isReport).map((report) => (
        <ReportCard key={report.thread} report={report} />
      ))}
      <footer className="chat-tools">
        <Time at={message.createdAt} />
      </footer>
    </article>
  );
}

/** What a person said. */
function Said({ message, onPin, onEdit }: MessageViewProps) {
  const words = wordsOf(message);
  return (
    <article className="chat-said" aria-label="You">
      <div className="chat-said-text">
        {message.content.map((block, index) => (
          // The content of what was said does not change.
          // oxlint-disable-next-line react/no-array-index-key
          <BlockView key={index} block={block} />
        ))}
      </div>
      <footer className="chat-tools">
        <Time at={message.createdAt} />
        <CopyButton value={words} label="Copy what you said" />
        <PinButton message={message} onPin={onPin} />
        <Tooltip label={onEdit === null ? 'Wait for the answer, or stop it' : 'Say it again, changed'}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label="Say it again, changed"
            disabled={onEdit === null}
            onClick={() => onEdit?.(message)}
          >
            <IconPencil size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </footer>
    </article>
  );
}

/** What the assistant answered, or is answering. */
function Answer({ message, partial, runs, onPin }: MessageViewProps) {
  const results = new Map(
    message.content.flatMap((block): [string, ToolResult][] =>
      block.type === 'tool_result' ? [[block.callId, block]] : [],
    ),
  );
  const isUnderWay = !isOver(message);
  return (
    <article className="chat-answer" aria-label="Assistant" aria-busy={isUnderWay}>
      {message.content.map((block, index) => (
        <BlockView
          // Blocks are only ever added at the end.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          block={block}
          answer={{ message, results, runs }}
        />
      ))}
      {partial !== null && partial.thinking !== '' && partial.text === '' && (
        <p className="chat-thinking">{partial.thinking.slice(-400)}</p>
      )}
      {partial !== null && <GrowingMarkdown text={partial.text} />}
      {message.status === 'WAITING' && <Approvals execution={message.execution} />}
      {isUnderWay && message.status !== 'WAITING' && (
        <StatePill state={message.status} label={doing(message)} />
      )}
      {message.status === 'FAILED' && <Failure reason={message.failedReason} />}
      {message.status === 'CANCELED' && <StatePill state="CANCELED" label="stopped" />}
      {!isUnderWay && (
        <footer className="chat-tools">
          <Time at={message.createdAt} />
          <CopyButton value={wordsOf(message)} label="Copy the answer" />
          <PinButton message={message} onPin={onPin} />
          <MessageFigures message={message} />
        </footer>
      )}
    </article>
  );
}

function doing({ status, content }: Message): string {
  if (status === 'PENDING') return 'waiting for its turn';
  return content.at(-1)?.type === 'tool_call' ? 'at work' : 'thinking';
}

/** Where it is put right in the console; the words of an error are those of the command line. */
function placeOf(code: string): { readonly href: string; readonly title: string } | null {
  if (code === 'BUDGET_EXCEEDED') return { href: '/settings/budgets', title: 'Change the budgets' };
  return code.startsWith('MODEL_') ? { href: '/models', title: 'Look at the models' } : null;
}

function Failure({ reason }: { readonly reason: string | null }) {
  const code = /^(?<code>[A-Z][A-Z_]+): /.exec(reason ?? '')?.groups?.['code'] ?? 'FAILED';
  const place = placeOf(code);
  return (
    <>
      <ErrorView error={new ApiError(0, code, reason ?? 'The turn failed. See the logs.')} />
      {place !== null && (
        <Button component={Link} href={place.href} size="compact-md" variant="default" mt="xs">
          {place.title}
        </Button>
      )}
    </>
  );
}
