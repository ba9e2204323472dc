import { PassThrough } from 'node:stream';
import t from 'tap';
import { readLines } from '../../runtime/host/stderr-lines.ts';
import { turn } from '../fixtures/plugin-side.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

function read(limitBytes = 100) {
  const stream = new PassThrough();
  const lines: string[] = [];
  const ended = readLines(stream, limitBytes, (line) => lines.push(line));
  return { stream, lines, ended };
}

await t.test('lines, empty ones, CRLF and a last one without its end', async (t) => {
  const { stream, lines, ended } = read();
  stream.write('one\ntwo\r\n\nthr');
  stream.write('ee\n');
  stream.end('four');
  await ended;
  t.same(lines, ['one', 'two', '', 'three', 'four']);
});

await t.test('nothing at all is no line', async (t) => {
  const { stream, lines, ended } = read();
  stream.end();
  await ended;
  t.same(lines, []);
});

await t.test('a long line is cut and the next one is whole', async (t) => {
  const { stream, lines, ended } = read(5);
  stream.write('123456789');
  for (let time = 0; time < 100; time++) stream.write('x'.repeat(10_000));
  stream.end('\nnext\n');
  await ended;
  t.same(lines, ['12345', 'next']);
});

await t.test('characters split between chunks stay whole', async (t) => {
  const { stream, lines, ended } = read();
  for (const byte of Buffer.from('é€😀\n')) stream.write(Buffer.from([byte]));
  stream.end();
  await ended;
  t.same(lines, ['é€😀']);
});

await t.test('a stream that breaks ends like any other', async (t) => {
  const { stream, lines, ended } = read();
  stream.on('error', () => {});
  stream.write('half');
  await turn();
  stream.destroy(new Error('broken'));
  await ended;
  t.same(lines, ['half']);
});

await t.test('random text in random chunks reads like the whole text', async (t) => {
  const random = seededRandom(4711);
  for (let round = 0; round < 100; round++) {
    const text = Array.from({ length: random(200) }, () => 'ab\n'[random(3)]).join('');
    const { stream, lines, ended } = read();
    for (let from = 0; from < text.length;) {
      const size = 1 + random(20);
      stream.write(text.slice(from, from + size));
      from += size;
    }
    stream.end();
    await ended;
    const expected = text.split('\n');
    if (expected.at(-1) === '') expected.pop();
    if (JSON.stringify(lines) !== JSON.stringify(expected)) t.same(lines, expected, `round ${round}`);
  }
  t.pass('100 rounds');
});
