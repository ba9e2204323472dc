import type { Scope } from '../contract/scope.ts';
import type { Message, MessageBlock, Thread, ThreadStore } from '../contract/threads.ts';
import { toldLine } from '../contract/turn-content.ts';

export type ExportFormat = 'markdown' | 'json';

/** A thread as a file, piece by piece. */
export function exportThread(
  threads: ThreadStore,
  scope: Scope,
  thread: Thread,
  format: ExportFormat,
): AsyncGenerator<string> {
  return (format === 'json' ? exportJson : exportMarkdown)(threads, scope, thread);
}

/** Messages that are read at once. */
const pageSize = 500;

/** All messages of a thread, oldest first, page by page. */
async function* allMessages(
  threads: ThreadStore,
  scope: Scope,
  thread: string,
): AsyncGenerator<readonly Message[]> {
  for (let after: string | undefined; ;) {
    const query = { first: true, limit: pageSize, ...(after === undefined ? {} : { after }) };
    const page = await threads.messages(scope, thread, query);
    yield page;
    if (page.length < pageSize) return;
    after = page.at(-1)?.id;
  }
}

/** A thread as a JSON document: the thread and its messages, as the API answers them. */
async function* exportJson(threads: ThreadStore, scope: Scope, thread: Thread): AsyncGenerator<string> {
  yield `{\n"thread": ${JSON.stringify(thread)},\n"messages": [`;
  let separator = '\n';
  for await (const page of allMessages(threads, scope, thread.id)) {
    for (const message of page) {
      yield `${separator}${JSON.stringify(message)}`;
      separator = ',\n';
    }
  }
  yield '\n]\n}\n';
}

/** A thread to read: what was said, and what tools were called with and answered. */
async function* exportMarkdown(threads: ThreadStore, scope: Scope, thread: Thread): AsyncGenerator<string> {
  yield `# ${thread.title ?? 'Untitled'}\n`;
  for await (const page of allMessages(threads, scope, thread.id)) {
    for (const message of page) yield markdownOf(message);
  }
}

function markdownOf({ role, createdAt, model, status, failedReason, content }: Message): string {
  const who = role === 'user' ? 'You' : `Assistant${model === null ? '' : ` (${model})`}`;
  const blocks = content.map(blockMarkdown).filter((text) => text !== '');
  const end =
    status === 'COMPLETED' ? [] : [`*${status}${failedReason === null ? '' : `: ${failedReason}`}*`];
  return `\n## ${who}, ${new Date(createdAt).toISOString()}\n\n${[...blocks, ...end].join('\n\n')}\n`;
}

function blockMarkdown(block: MessageBlock): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'thinking':
      return '';
    case 'report':
      return `**${block.title}** (${block.state})\n\n${quoted(block.text)}`;
    case 'steering':
    case 'notice':
      return quoted(block.text);
    case 'told':
      return `*${toldLine(block.parts)}*`;
    case 'image':
      return `*(an image: ${block.mediaType})*`;
    case 'attachment':
      return `*${block.name}*\n\n${fenced(block.text)}`;
    case 'tool_call':
      return `**${block.name}**\n\n${fenced(JSON.stringify(block.arguments, null, 2), 'json')}`;
    default: {
      const text = block.content.map((part) => (part.type === 'text' ? part.text : '(an image)')).join('\n');
      return `${block.isError ? '**It failed:**' : '**Result:**'}\n\n${fenced(text)}`;
    }
  }
}

function quoted(text: string): string {
  return text.replaceAll(/^/gm, '> ');
}

/** A fence is longer than every one within. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
