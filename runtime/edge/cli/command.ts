import { z } from 'zod';
import { callResultSchema } from '../../contract/api.ts';
import { commandSchema } from '../../contract/commands.ts';
import { showResult } from './call.ts';
import type { Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { print, printJson, printTable } from './terminal.ts';

/** `nexus command`: runs a line, or lists what there is. */
export const commandCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const [first, ...more] = given.words;
  if (first !== undefined) {
    const command = [first, ...more.map(escapeWord)].join(' ');
    return showResult(given, await client.post('/api/commands', { command }, callResultSchema));
  }
  const commands = await client.get('/api/commands', z.array(commandSchema));
  if (given.switches.has('json')) printJson(commands);
  else if (commands.length === 0) print('No commands. "nexus plugins" shows which plugins there are.');
  else {
    printTable(
      [{ title: 'COMMAND' }, { title: 'WHAT IT DOES' }],
      commands.map(({ usage, description }) => [usage, description]),
    );
  }
  return 0;
};

/** The shell took a word's quotes away; without this what was one word would be several. */
function escapeWord(word: string): string {
  if (word.startsWith('{')) return word;
  return word === '' ? "''" : word.replaceAll(/[\s\\'"]/g, '\\$&');
}
