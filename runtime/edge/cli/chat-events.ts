import { z } from 'zod';
import { messageSchema, stepSchema, type Message } from '../../contract/threads.ts';
import { toldLine, toldOf } from '../../contract/turn-content.ts';
import { brief } from './approval-words.ts';
import type { ServerEvent } from './event-stream.ts';
import { inOneLine, paint, paragraph, print, printable } from './terminal.ts';

const deltaSchema = z.object({ delta: z.string() });
const stepEventSchema = z.object({ step: stepSchema });
const resetEventSchema = z.object({
  messages: z.array(messageSchema),
  partial: z.object({ text: z.string() }).nullable(),
});
const resultChars = 400;

/** What a turn says and does, as it comes. */
export function showEvent({ event, data }: ServerEvent): void {
  if (event === 'text') process.stdout.write(printable(deltaSchema.parse(data).delta));
  if (event !== 'step') return;
  const { step } = stepEventSchema.parse(data);
  if (step.kind === 'model_call') {
    for (const block of step.message.content) {
      if (block.type === 'tool_call') print(paint('dim', `\n· ${block.name} ${brief(block.arguments)}`));
    }
  }
  if (step.kind === 'untrusted') {
    for (const block of toldOf(step.parts))
      if (block.type === 'told') print(paint('dim', inOneLine(toldLine(block.parts))));
  }
  if (step.kind === 'tool_result') {
    const text = step.result.content.flatMap((block) =>
      block.type === 'text' ? block.text : `(${block.type})`,
    );
    const mark = step.result.isError ? paint('red', '✗') : paint('green', '✓');
    print(`${mark} ${paint('dim', inOneLine(text.join(' ')).slice(0, resultChars))}`);
  }
}

/** After a kernel that ended: what there is of an answer, which the new kernel goes on with. */
export function showReset({ data }: ServerEvent, answer: string): Message | undefined {
  const { messages, partial } = resetEventSchema.parse(data);
  const answered = messages.find(({ id }) => id === answer);
  const texts = answered?.content.flatMap((block) => (block.type === 'text' ? block.text : [])) ?? [];
  print(paint('dim', '\nThe connection was lost. The answer so far:'));
  process.stdout.write(printable(`${texts.join('\n')}${partial?.text ?? ''}`));
  return answered;
}

export function showEnd(state: string, reason: string | null): false {
  print(paragraph(paint('red', inOneLine(`${state.toLowerCase()}: ${reason ?? ''}`))));
  return false;
}
