import { z } from 'zod';
import { callResultSchema } from '../../contract/api.ts';
import { commandSchema } from '../../contract/commands.ts';
import { threadSchema } from '../../contract/threads.ts';
import { showResult } from './call.ts';
import { showError } from './chat-question.ts';
import { ChatTurn } from './chat-turn.ts';
import { usage, type Command, type Given } from './command-line.ts';
import { clientOf, type KernelClient } from './kernel-client.ts';
import { Keyboard } from './keyboard.ts';
import { paint, print } from './terminal.ts';

/** `nexus chat`: one message and its answer, or a conversation on the terminal. */
export const chatCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const isTyped = process.stdin.isTTY;
  const said = await firstWords(given, isTyped);
  if (said !== undefined && (await isCommand(client, said))) return await runCommand(given, client, said);
  if (said === '') throw usage('There is nothing to say: nexus chat MESSAGE');
  const thread = given.values['thread'] ?? (await client.post('/api/threads', {}, threadSchema)).id;
  using keyboard = isTyped ? new Keyboard() : undefined;
  if (said !== undefined) return (await new ChatTurn(client, thread, keyboard).run(said)) ? 0 : 1;
  if (keyboard !== undefined) await converse(given, client, thread, keyboard);
  return 0;
};

/** What is said at once; undefined for a conversation. */
async function firstWords(given: Given, isTyped: boolean): Promise<string | undefined> {
  if (given.words.length > 0) return given.words.join(' ').trim();
  if (isTyped) return undefined;
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  return text.trim();
}

async function converse(
  given: Given,
  client: KernelClient,
  thread: string,
  keyboard: Keyboard,
): Promise<void> {
  print(paint('dim', `Thread ${thread}. An empty line or Ctrl-D ends the conversation.`));
  for (;;) {
    keyboard.prompt(paint('bold', '\n> '));
    await keyboard.ready();
    const typed = keyboard.take();
    if (typed?.kind !== 'line' || typed.text === '') return;
    try {
      if (await isCommand(client, typed.text)) await runCommand(given, client, typed.text);
      else await new ChatTurn(client, thread, keyboard).run(typed.text);
    } catch (error) {
      showError(error);
    }
  }
}

/** Whether a line begins with a slash and names a plugin that has commands; what else begins so is said as it is. */
async function isCommand(client: KernelClient, line: string): Promise<boolean> {
  const plugin = /^\/(?<plugin>[^.\s]+)/.exec(line)?.groups?.['plugin'];
  if (plugin === undefined) return false;
  const commands = await client.get('/api/commands', z.array(commandSchema));
  return commands.some((command) => command.plugin === plugin);
}

/** A slash command needs no model. */
async function runCommand(given: Given, client: KernelClient, command: string): Promise<number> {
  return showResult(given, await client.post('/api/commands', { command }, callResultSchema));
}
