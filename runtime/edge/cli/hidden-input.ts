import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { Writable } from 'node:stream';
import { usage } from './command-line.ts';

/** One line a person types without seeing it, or all of stdin when that is no terminal. Throws USAGE when it is empty. */
export async function readHidden(prompt: string): Promise<string> {
  const secret = process.stdin.isTTY ? await ask(prompt) : await readStdin();
  if (secret === '') throw usage(`Nothing was given for ${prompt.replace(/:\s*$/, '')}`);
  return secret;
}

/** All of stdin without the line break at its end. */
export async function readStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

async function ask(prompt: string): Promise<string> {
  // The terminal echoes nothing while readline has it, and what readline itself would echo goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  using lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(prompt);
  const interrupted = new Promise<never>((_resolve, reject) => {
    lines.once('SIGINT', () => reject(usage('It was interrupted')));
  });
  try {
    return await Promise.race([lines.question(''), interrupted]);
  } finally {
    process.stderr.write('\n');
  }
}
