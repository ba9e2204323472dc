import { createInterface } from 'node:readline/promises';
import { usage, type Given } from './command-line.ts';

/** On a terminal a person is asked what was shown; a script says --yes. */
export async function isAgreed(given: Given, isQuestion: boolean): Promise<boolean> {
  if (given.switches.has('yes') || !isQuestion) return true;
  if (given.switches.has('json') || !process.stdin.isTTY || !process.stdout.isTTY) {
    throw usage('Nobody can be asked here; read the above and add --yes to agree to it');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question('\nAgree to this? [y/N] ');
    return /^\s*y(?:es)?\s*$/i.test(answer);
  } finally {
    terminal.close();
  }
}
