import t from 'tap';
import { LastWords } from '../../runtime/host/last-words.ts';

function wordsOf(text: string): string {
  const words = new LastWords();
  for (const line of text.split('\n')) words.note(line);
  return words.text;
}

await t.test('who wrote nothing', (t) => {
  t.equal(new LastWords().text, '(it wrote nothing to stderr)');
  t.end();
});

await t.test('a plain last line', (t) => {
  t.equal(wordsOf('starting\nno database at /x'), 'no database at /x');
  t.equal(
    wordsOf('Traceback (most recent call last):\n  File "s.py", line 1\nKeyError: \'A\''),
    "KeyError: 'A'",
  );
  t.end();
});

await t.test('the error of a crash of Node, not its version and not the place', (t) => {
  const syntax = `file:///s.mjs:1
const = ;
      ^

SyntaxError: Unexpected token '='
    at compileSourceTextModule (node:internal/modules/esm/utils:317:16)
    at ModuleLoader.moduleStrategy (node:internal/modules/esm/translators:101:18)

Node.js v24.21.0`;
  t.equal(wordsOf(syntax), "SyntaxError: Unexpected token '='");
  const coded = `node:events:497
      throw er; // Unhandled 'error' event
      ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:1
    at Server.setupListenHandle [as _listen2] (node:net:1937:16) {
  code: 'EADDRINUSE',
  port: 1
}

Node.js v24.21.0`;
  t.equal(wordsOf(coded), 'Error: listen EADDRINUSE: address already in use 127.0.0.1:1');
  t.equal(wordsOf('Error: old one\nready\nbye\nNode.js v24.21.0'), 'Error: old one', 'what is near counts');
  t.end();
});

await t.test('a flood keeps the end', (t) => {
  t.equal(wordsOf(`${'line\n'.repeat(1_000)}the end`), 'the end');
  t.end();
});
