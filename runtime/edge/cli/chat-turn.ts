import { z } from 'zod';
import { NexusError } from '../../base/errors.ts';
import { approvalSchema, type Approval } from '../../contract/approvals.ts';
import { sentSchema } from '../../contract/chat-api.ts';
import { taskDetailSchema } from '../../contract/tasks.ts';
import { showEnd, showEvent, showReset } from './chat-events.ts';
import { answerWith, questionPrompt, showError, showQuestion } from './chat-question.ts';
import { readEvents, type ServerEvent } from './event-stream.ts';
import type { KernelClient } from './kernel-client.ts';
import type { Keyboard, Typed } from './keyboard.ts';
import { paint, print } from './terminal.ts';

const toldSchema = z.object({ message: z.string().optional() });
const stateEventSchema = z.object({ state: z.string(), reason: z.string().nullable() });

/** A turn as a person follows it: what comes is shown, what they type answers its question or is told to it. */
export class ChatTurn {
  readonly #client: KernelClient;
  readonly #path: string;
  /** Nobody can be asked without one. */
  readonly #keyboard: Keyboard | undefined;
  #execution = '';
  /** Id of the message that is being written. */
  #answer = '';
  #asked: Approval | undefined;
  #isCanceled = false;

  constructor(client: KernelClient, thread: string, keyboard: Keyboard | undefined) {
    this.#client = client;
    this.#path = `/api/threads/${encodeURIComponent(thread)}`;
    this.#keyboard = keyboard;
  }

  /** Says something and follows the turn until it has ended, or waits and nobody can be asked; whether it succeeded. */
  async run(text: string): Promise<boolean> {
    const { lastEvent } = await this.#say(text, false);
    const leave = new AbortController();
    const source = this.#client.eventSource(`${this.#path}/events`, lastEvent);
    const events = readEvents(source, leave.signal);
    try {
      for (let heard = events.next(); ;) {
        const next = await Promise.race([
          heard,
          ...(this.#keyboard === undefined ? [] : [this.#keyboard.ready()]),
        ]);
        if (next === undefined) {
          if (await this.#read(this.#keyboard?.take())) return false;
          continue;
        }
        if (next.done === true) throw new NexusError('KERNEL_GONE');
        const hasSucceeded = await this.#hear(next.value);
        if (hasSucceeded !== undefined) return hasSucceeded;
        heard = events.next();
      }
    } finally {
      leave.abort();
      await events.return(undefined);
    }
  }

  /** What is told to the turn under way begins another when that is over by then. */
  async #say(text: string, steer: boolean): Promise<z.infer<typeof sentSchema>> {
    const said = { content: [{ type: 'text', text }], steer };
    const sent = await this.#client.post(`${this.#path}/messages`, said, sentSchema);
    if (sent.execution !== null) {
      this.#execution = sent.execution;
      this.#isCanceled = false;
    }
    if (sent.answer !== null) this.#answer = sent.answer.id;
    return sent;
  }

  /** Whether the turn succeeded; undefined while it goes on. */
  async #hear(event: ServerEvent): Promise<boolean | undefined> {
    if (event.event === 'reset') {
      const answered = showReset(event, this.#answer);
      if (answered?.status === 'WAITING') return await this.#ask();
      if (answered?.status === 'COMPLETED') return true;
      const hasEnded = answered?.status === 'FAILED' || answered?.status === 'CANCELED';
      return hasEnded ? showEnd(answered.status, answered.failedReason) : undefined;
    }
    // Other turns of the thread are not followed.
    if (toldSchema.parse(event.data).message !== this.#answer) return undefined;
    if (event.event !== 'state') {
      showEvent(event);
      return undefined;
    }
    const { state, reason } = stateEventSchema.parse(event.data);
    if (this.#asked !== undefined && state !== 'WAITING') {
      this.#asked = undefined;
      print(paint('dim', '\nIt was answered elsewhere, or nobody did in time.'));
    }
    if (state === 'RUNNING') return undefined;
    process.stdout.write('\n');
    if (state === 'WAITING') return await this.#ask();
    return state === 'SUCCEEDED' || showEnd(state, reason);
  }

  /** Puts the open question of the turn to the person; false when there is nobody to ask. */
  async #ask(): Promise<false | undefined> {
    const open = await this.#client.get('/api/approvals?state=PENDING', z.array(approvalSchema));
    const asked = open.find(({ execution }) => execution === this.#execution);
    if (asked === undefined) return undefined;
    showQuestion(asked);
    if (this.#keyboard === undefined) {
      print(`Answer with "nexus approve ${asked.id}" or "nexus deny ${asked.id}".`);
      return false;
    }
    this.#asked = asked;
    this.#keyboard.prompt(questionPrompt);
    return undefined;
  }

  /** Whether the person leaves while the turn goes on or waits. */
  async #read(typed: Typed | undefined): Promise<boolean> {
    if (typed === undefined) return false;
    if (typed.kind === 'end') {
      print(paint('dim', `\nThe turn goes on without you: nexus tasks show ${this.#execution}`));
      return true;
    }
    if (typed.kind === 'interrupt') return await this.#interrupt();
    try {
      if (this.#asked !== undefined) await this.#answerQuestion(this.#asked, typed.text);
      else if (typed.text !== '') await this.#say(typed.text, true);
    } catch (error) {
      showError(error);
    }
    return false;
  }

  async #answerQuestion(asked: Approval, text: string): Promise<void> {
    this.#asked = undefined;
    if (await answerWith(this.#client, asked, text)) return;
    this.#asked = asked;
    this.#keyboard?.prompt(questionPrompt);
  }

  /** Ctrl-C ends the turn, and who presses it again does not wait for that. */
  async #interrupt(): Promise<boolean> {
    if (this.#isCanceled) return true;
    this.#isCanceled = true;
    this.#asked = undefined;
    try {
      await this.#client.post(`/api/tasks/${this.#execution}/cancel`, {}, taskDetailSchema);
    } catch (error) {
      showError(error);
    }
    return false;
  }
}
