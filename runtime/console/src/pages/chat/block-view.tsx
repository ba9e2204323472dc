import { MarkdownView } from '../../parts/markdown-view.tsx';
import { CodeView } from '../../parts/code-view.tsx';
import type { Conversation } from './conversation.ts';
import { isOver, type Block, type Message, type ToolResult } from './message.ts';
import { ReportCard } from './report-card.tsx';
import { ToolCard } from './tool-card.tsx';

/** The answer a block is part of. */
interface AnswerParts {
  readonly message: Message;
  readonly results: ReadonlyMap<string, ToolResult>;
  readonly runs: Conversation['runs'];
}

interface BlockViewProps {
  readonly block: Block;
  /** Absent in what a person said. */
  readonly answer?: AnswerParts;
}

/** One part of a message. */
export function BlockView({ block, answer }: BlockViewProps) {
  switch (block.type) {
    case 'text':
      return answer === undefined ? (
        <p className="chat-words">{block.text}</p>
      ) : (
        <MarkdownView text={block.text} />
      );
    case 'image':
      return (
        <img
          className="chat-image"
          src={`data:${block.mediaType};base64,${block.data}`}
          alt="What was given with the message"
        />
      );
    case 'attachment':
      return (
        <details className="chat-attachment">
          <summary>{block.name}</summary>
          <CodeView text={block.text} label={block.name} />
        </details>
      );
    case 'thinking':
      return block.text === '' ? null : (
        <details className="chat-thought">
          <summary>Thoughts</summary>
          <p className="chat-thinking">{block.text}</p>
        </details>
      );
    case 'steering':
    case 'notice':
      return (
        <p className="chat-steering">
          <b>{block.type === 'steering' ? 'You, meanwhile:' : 'Nexus:'}</b> {block.text}
        </p>
      );
    case 'told':
      return <p className="chat-steering">Told things others wrote: {titlesOf(block)}</p>;
    case 'tool_call':
      return answer === undefined ? null : (
        <ToolCard
          call={block}
          result={answer.results.get(block.id)}
          told={answer.runs[block.id]}
          isOver={isOver(answer.message)}
          isWaiting={answer.message.status === 'WAITING'}
        />
      );
    case 'report':
      return <ReportCard report={block} />;
    // A result is shown with its call.
    default:
      return null;
  }
}

function titlesOf({ parts }: Extract<Block, { type: 'told' }>): string {
  return parts.map(({ title }) => title).join(', ');
}
