import { duplexPair, type Duplex } from 'node:stream';
import t from 'tap';
import type { JsonObject } from '../../../runtime/contract/plugins.ts';
import { JsonLines } from '../../../runtime/edge/mcp/json-lines.ts';
import { Inbox, parseLines, turn } from '../../fixtures/plugin-side.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';

function open() {
  const [ours, theirs]: Duplex[] = duplexPair();
  if (ours === undefined || theirs === undefined) throw new TypeError('a pair');
  const heard: JsonObject[] = [];
  const state = { ends: 0, isOver: false };
  const lines = new JsonLines(
    ours,
    (message) => heard.push(message),
    () => state.ends++,
  );
  void lines.ended.then(() => (state.isOver = true));
  const inbox = new Inbox();
  return { lines, ours, theirs, heard, state, inbox, listen: () => theirs.on('data', parseLines(inbox)) };
}

await t.test('random messages in random pieces arrive whole and in order', async (t) => {
  const random = seededRandom(1234);
  for (let round = 0; round < 60; round++) {
    const { theirs, heard } = open();
    const messages = Array.from({ length: 1 + random(10) }, (_, n) => ({
      n,
      text: '😀é\u2028'.repeat(random(200)),
    }));
    const breaks = ['\n', '\r\n', '\n\n', '\n\r\n'];
    const bytes = Buffer.from(messages.map((one) => `${JSON.stringify(one)}${breaks[random(4)]}`).join(''));
    for (let from = 0; from < bytes.length;) {
      const size = 1 + random(random(3) === 0 ? 4 : 2_000);
      theirs.write(bytes.subarray(from, from + size));
      from += size;
      if (random(5) === 0) await turn(1);
    }
    await turn();
    if (JSON.stringify(heard) !== JSON.stringify(messages)) t.same(heard, messages, `round ${round}`);
  }
  t.pass('60 rounds');
});

await t.test('what is no JSON object is answered and not delivered', async (t) => {
  const { theirs, heard, inbox, listen } = open();
  listen();
  theirs.write('{"a":\nnull\n[{"jsonrpc":"2.0"}]\n7\n{"good":true}\n');
  await turn();
  t.match(inbox.all, [
    { id: null, error: { code: -32_700 } },
    { id: null, error: { code: -32_600 } },
    { id: null, error: { code: -32_600 } },
    { id: null, error: { code: -32_600 } },
  ]);
  t.same(heard, [{ good: true }]);
});

await t.test(
  '4 MiB fit in a line; more is refused, the stream is ended, what follows is not looked at',
  async (t) => {
    const { theirs, heard, inbox, state, listen, ours } = open();
    listen();
    const fits = JSON.stringify({ text: 'x'.repeat(4 * 1_048_576 - 11) });
    t.equal(fits.length, 4 * 1_048_576);
    for (let from = 0; from < fits.length; from += 65_536) theirs.write(fits.slice(from, from + 65_536));
    theirs.write('\n');
    await turn();
    t.equal(heard.length, 1);
    for (let sent = 0; sent <= 4 * 1_048_576; sent += 65_536) theirs.write('y'.repeat(65_536));
    theirs.write('\n{"late":true}\n');
    await turn(10);
    t.match(inbox.all, [{ error: { code: -32_600, message: /too large/ } }]);
    t.equal(heard.length, 1);
    t.ok(ours.writableEnded);
    t.equal(state.ends, 0);
  },
);

await t.test('a client that leaves 64 MiB unread is disconnected; nothing is thrown', async (t) => {
  const { lines, ours, state } = open();
  const message = { text: 'x'.repeat(1_048_576) };
  let sent = 0;
  for (; sent < 100 && !ours.destroyed; sent++) lines.send(message);
  t.ok(sent >= 64 && sent <= 68, `${sent} MiB were sent`);
  lines.send(message);
  await turn();
  t.ok(state.isOver);
});

await t.test('the end of their side is told once, ours goes on until it is ended', async (t) => {
  const { lines, theirs, state, inbox, listen } = open();
  listen();
  theirs.end('{"last":true}');
  await turn();
  t.equal(state.ends, 1);
  lines.send({ answer: 1 });
  lines.end();
  await turn(10);
  t.same(inbox.all, [{ answer: 1 }]);
  t.ok(state.isOver);
  t.doesNotThrow(() => lines.send({ late: true }));
});

await t.test('an error of the stream is its end, and close() ends it at once', async (t) => {
  const broken = open();
  broken.ours.destroy(new Error('ECONNRESET'));
  await broken.lines.ended;
  const closed = open();
  closed.lines.close();
  closed.lines.close();
  await closed.lines.ended;
  t.doesNotThrow(() => closed.lines.send({ late: true }));
});
