import { createInterface, type Interface } from 'node:readline/promises';
import { z } from 'zod';
import { NexusError } from '../../base/errors.ts';
import { callResultSchema } from '../../contract/api.ts';
import { approvalSchema, type Approval } from '../../contract/approvals.ts';
import { sentSchema } from '../../contract/chat-api.ts';
import { messageSchema, stepSchema, threadSchema, type Message } from '../../contract/threads.ts';
import { showResult } from './call.ts';
import type { Command, Given } from './command-line.ts';
import { readEvents, type ServerEvent } from './event-stream.ts';
import { clientOf, type KernelClient } from './kernel-client.ts';
import { inOneLine, paint, paragraph, print, printable } from './terminal.ts';

const deltaSchema = z.object({ delta: z.string() });
const stepEventSchema = z.object({ step: stepSchema });
const stateEventSchema = z.object({ state: z.string(), reason: z.string().nullable() });
const resetEventSchema = z.object({
  messages: z.array(messageSchema),
  partial: z.object({ text: z.string() }).nullable(),
});
const argsShown = 400;

/** `nexus chat`: one message and its answer, or a conversation on the terminal. */
export const chatCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const thread = given.values['thread'] ?? (await client.post('/api/threads', {}, threadSchema)).id;
  const said = given.words.join(' ');
  if (said.startsWith('/')) return await runCommand(given, client, said);
  if (said !== '') return (await answer(client, thread, said, undefined)) ? 0 : 1;
  if (!process.stdin.isTTY) {
    let text = '';
    for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
    return (await answer(client, thread, text, undefined)) ? 0 : 1;
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  print(paint('dim', `Thread ${thread}. An empty line or Ctrl-D ends the conversation.`));
  try {
    for (;;) {
      const line = (await lines.question(paint('bold', '\n> '))).trim();
      if (line === '') return 0;
      if (line.startsWith('/')) await runCommand(given, client, line).catch(showError);
      else await answer(client, thread, line, lines);
    }
  } catch (error) {
    // Ctrl-C and Ctrl-D at the prompt.
    if (error instanceof Error && error.name === 'AbortError') return 0;
    throw error;
  } finally {
    lines.close();
  }
};

/** A slash command needs no model. */
async function runCommand(given: Given, client: KernelClient, command: string): Promise<number> {
  return showResult(given, await client.post('/api/commands', { command }, callResultSchema));
}

/** What a person typed wrong does not end the conversation. */
function showError(error: unknown): void {
  if (!(error instanceof NexusError)) throw error;
  print(paragraph(paint('red', inOneLine(error.message))));
}

/** Says something and shows the turn until it has ended or waits; whether it succeeded. */
async function answer(
  client: KernelClient,
  thread: string,
  text: string,
  lines: Interface | undefined,
): Promise<boolean> {
  const path = `/api/threads/${encodeURIComponent(thread)}`;
  const { lastEvent, execution } = await client.post(
    `${path}/messages`,
    { content: [{ type: 'text', text }] },
    sentSchema,
  );
  for await (const event of readEvents(client.eventSource(`${path}/events`, lastEvent))) {
    if (event.event === 'reset') {
      const answered = showReset(event, execution);
      if (answered?.status === 'COMPLETED') return true;
      if (answered?.status === 'FAILED' || answered?.status === 'CANCELED')
        return showEnd(answered.status, answered.failedReason);
      continue;
    }
    if (event.event !== 'state') {
      show(event);
      continue;
    }
    const { state, reason } = stateEventSchema.parse(event.data);
    if (state === 'RUNNING') continue;
    process.stdout.write('\n');
    if (state === 'WAITING') {
      if (!(await answerApprovals(client, execution ?? '', lines))) return false;
      continue;
    }
    return state === 'SUCCEEDED' || showEnd(state, reason);
  }
  throw new NexusError('KERNEL_GONE');
}

function showEnd(state: string, reason: string | null): false {
  print(paragraph(paint('red', inOneLine(`${state.toLowerCase()}: ${reason ?? ''}`))));
  return false;
}

/** After a kernel that ended: what there is of the answer, which the new kernel goes on with. */
function showReset({ data }: ServerEvent, execution: string | null): Message | undefined {
  const { messages, partial } = resetEventSchema.parse(data);
  const answered = messages.find((one) => one.role === 'assistant' && one.execution === execution);
  const texts = answered?.content.flatMap((block) => (block.type === 'text' ? block.text : [])) ?? [];
  print(paint('dim', '\nThe connection was lost. The answer so far:'));
  process.stdout.write(printable(`${texts.join('\n')}${partial?.text ?? ''}`));
  return answered;
}

function show({ event, data }: ServerEvent): void {
  if (event === 'text') process.stdout.write(printable(deltaSchema.parse(data).delta));
  if (event !== 'step') return;
  const { step } = stepEventSchema.parse(data);
  if (step.kind === 'model_call') {
    for (const block of step.message.content) {
      if (block.type === 'tool_call') print(paint('dim', `\n· ${block.name} ${brief(block.arguments)}`));
    }
  }
  if (step.kind === 'tool_result') {
    const text = step.result.content.flatMap((block) =>
      block.type === 'text' ? block.text : `(${block.type})`,
    );
    const mark = step.result.isError ? paint('red', '✗') : paint('green', '✓');
    print(`${mark} ${paint('dim', inOneLine(text.join(' ')).slice(0, argsShown))}`);
  }
}

/** Puts the open questions of a turn to the person; false when there is nobody to ask. */
async function answerApprovals(
  client: KernelClient,
  execution: string,
  lines: Interface | undefined,
): Promise<boolean> {
  const open = await client.get('/api/approvals?state=PENDING', z.array(approvalSchema));
  for (const approval of open.filter((one) => one.execution === execution)) {
    print(paragraph(`${paint('yellow', 'May it do this?')} ${describe(approval)}`));
    if (lines === undefined) {
      print(`Answer with "nexus approve ${approval.id}" or "nexus deny ${approval.id}".`);
      return false;
    }
    const said = (await lines.question('y allows it once; anything else is the reason why not: ')).trim();
    const isAllowed = /^y(?:es)?$/i.test(said);
    const body = isAllowed
      ? { decision: 'allow' }
      : { decision: 'deny', ...(said === '' ? {} : { reason: said }) };
    await client.post(`/api/approvals/${approval.id}`, body, approvalSchema);
  }
  return true;
}

/** What would be done, in one line. */
export function describe({ tool, effect, args }: Pick<Approval, 'tool' | 'effect' | 'args'>): string {
  return `${tool} (${effect}) with ${brief(args)}`;
}

function brief(args: unknown): string {
  const text = inOneLine(JSON.stringify(args));
  return text.length <= argsShown ? text : `${text.slice(0, argsShown)}… (${text.length} characters in all)`;
}
