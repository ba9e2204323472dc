import type { ModelService } from '../contract/models.ts';
import type { Scope } from '../contract/scope.ts';
import type { Message, Thread, ThreadStore } from '../contract/threads.ts';
import { textOf } from './conversation.ts';

/** Longest title, in characters. */
const mostChars = 60;
/** Of what was said so much is shown to the model. */
const mostShownChars = 2_000;
/** Room for models that think before they write. */
const maxOutputTokens = 512;

const instructions =
  'Write a title for this conversation: at most six words, in its language, without quotes or a full stop. Write nothing else.';

export interface TitleDeps {
  readonly threads: ThreadStore;
  readonly models: ModelService;
  /** The model that writes titles; null: the first words are the title. */
  readonly fastModel: () => string | null;
}

/** Names a thread that has no name after what was said first; null when it has one, or when nothing was said. */
export async function titleThread(
  deps: TitleDeps,
  scope: Scope,
  thread: Thread,
  signal: AbortSignal,
): Promise<string | null> {
  const { threads } = deps;
  if ((await threads.get(scope, thread.id))?.title !== null) return null;
  const [first, answer] = await threads.messages(scope, thread.id, { first: true, limit: 2 });
  const words = first === undefined ? '' : firstWords(wordsOf(first));
  if (first === undefined || words === '') return null;
  const written = await writeTitle(deps, scope, thread, [first, answer], signal).catch(() => {
    // A model that fails is no reason for a thread without a name; the call and its failure are on record.
    signal.throwIfAborted();
    return '';
  });
  const title = firstWords(written) || words;
  return (await threads.name(scope, thread.id, title)) ? title : null;
}

/** What a person wrote; of a message that only gives files, their names. */
function wordsOf({ content }: Message): string {
  const written = content.flatMap((block) => (block.type === 'text' ? block.text : [])).join('\n');
  if (written.trim() !== '') return written;
  return content.flatMap((block) => (block.type === 'attachment' ? block.name : [])).join(', ');
}

async function writeTitle(
  { models, fastModel }: TitleDeps,
  scope: Scope,
  { id, assistant, ancestors }: Thread,
  said: readonly (Message | undefined)[],
  signal: AbortSignal,
): Promise<string> {
  const model = fastModel();
  const shown = said.flatMap((message) => (message === undefined ? [] : textOf(message.content)));
  if (model === null || shown.length < 2 || shown[1] === '') return '';
  const text = shown.map((words) => words.slice(0, mostShownChars)).join('\n\n---\n\n');
  const messages = [{ role: 'user' as const, content: [{ type: 'text' as const, text }] }];
  const request = { model, system: [instructions], messages, tools: [], maxOutputTokens };
  const context = { scope, assistant, threadId: id, ancestors, executionId: null };
  let title = '';
  for await (const event of models.call(context, request, [], signal))
    if (event.type === 'text') title += event.delta;
  return title;
}

/** The beginning of a text in whole words. */
function firstWords(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/^["'«“]+|["'»”.]+$/g, '');
  if (line.length <= mostChars) return line;
  const cut = line.slice(0, mostChars);
  const space = cut.lastIndexOf(' ');
  return `${space > mostChars / 2 ? cut.slice(0, space) : cut}…`;
}
