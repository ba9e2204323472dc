import { once } from 'node:events';
import t from 'tap';
import { spawn } from 'node:child_process';
import { StdioChannel } from '../../../runtime/host/channel/stdio-channel.ts';
import type { JsonObject } from '../../../runtime/contract/plugins.ts';
import { PluginSide, turn } from '../../fixtures/plugin-side.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';

interface Heard {
  readonly messages: JsonObject[];
  readonly closed: Error[];
}

async function open(side: { readonly channel: StdioChannel }): Promise<Heard> {
  const heard: Heard = { messages: [], closed: [] };
  await side.channel.open({
    message: (message) => heard.messages.push(message),
    failed: () => {},
    closed: (reason) => heard.closed.push(reason),
  });
  return heard;
}

const ids = (heard: Heard): unknown[] => heard.messages.map((message) => message['id']);
const line = (id: number, text = 'é€😀'): Buffer =>
  Buffer.from(`${JSON.stringify({ jsonrpc: '2.0', id, result: { text } })}\n`);

await t.test('a message split at every byte arrives whole', async (t) => {
  const message = line(1);
  const side = new PluginSide();
  const heard = await open(side);
  for (let at = 0; at <= message.length; at++) {
    side.raw(message.subarray(0, at));
    side.raw(message.subarray(at));
    await turn(1);
  }
  t.equal(heard.messages.length, message.length + 1);
  t.ok(heard.messages.every(({ result }) => JSON.stringify(result) === '{"text":"é€😀"}'));
  for (const byte of line(2)) side.raw(Buffer.from([byte]));
  await turn();
  t.equal(ids(heard).at(-1), 2, 'one byte at a time too');
  t.same(side.noise, []);
});

await t.test('random messages in random chunks arrive whole and in order', async (t) => {
  const random = seededRandom(0x5eed);
  for (let round = 0; round < 40; round++) {
    const count = 1 + random(12);
    const sent = Buffer.concat(
      Array.from({ length: count }, (_, id) => line(id, 'ü\u2028\\n'.repeat(random(300)))),
    );
    const side = new PluginSide();
    const heard = await open(side);
    for (let from = 0; from < sent.length;) {
      const size = 1 + random(random(2) === 0 ? 5 : 900);
      side.raw(sent.subarray(from, from + size));
      from += size;
      if (random(4) === 0) await turn(1);
    }
    await turn();
    const expected = Array.from({ length: count }, (_, id) => id);
    if (JSON.stringify(ids(heard)) !== JSON.stringify(expected))
      t.same(ids(heard), expected, `round ${round}`);
  }
  t.pass('40 rounds');
});

await t.test('several messages in one chunk, CRLF and empty lines', async (t) => {
  const side = new PluginSide();
  const heard = await open(side);
  const text = [1, 2, 3].map((id) => line(id).toString().trimEnd()).join('\r\n');
  side.raw(`\n\n${text}\r\n\r\n\n`);
  await turn();
  t.same(ids(heard), [1, 2, 3]);
});

await t.test(
  'what is no JSON-RPC 2.0 message is noise, cut at 500 bytes, and disturbs nothing',
  async (t) => {
    const side = new PluginSide();
    const heard = await open(side);
    const strange = [
      'Starting server…',
      '{"id":1}',
      '[{"jsonrpc":"2.0","id":1}]',
      '"text"',
      'null',
      '{"jsonrpc":"1.0"}',
      '{',
    ];
    side.raw(`${strange.join('\n')}\n`);
    side.raw(`${'n'.repeat(2_000)}\n`);
    side.raw(line(5));
    await turn();
    t.same(side.noise, [...strange, 'n'.repeat(500)]);
    t.same(ids(heard), [5]);
  },
);

await t.test('empty lines with a carriage return are no noise', async (t) => {
  const side = new PluginSide();
  const heard = await open(side);
  side.raw('\r\n\r\n');
  side.raw(line(1));
  await turn();
  t.same(side.noise, []);
  t.same(ids(heard), [1]);
});

await t.test('invalid UTF-8 harms one string, not the conversation', async (t) => {
  const side = new PluginSide();
  const heard = await open(side);
  side.raw(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"text":"a\xff\xfeb"}}\n', 'latin1'));
  side.raw(Buffer.from([0xff, 0xfe, 0x00, 0x0a]));
  side.raw(line(2));
  await turn();
  t.same(ids(heard), [1, 2]);
  t.same(heard.messages[0]?.['result'], { text: 'a\ufffd\ufffdb' });
  t.equal(side.noise.length, 1);
});

await t.test(
  'the limit is exact: a message of the limit passes, one byte more ends the channel',
  async (t) => {
    const whole = line(1, 'x'.repeat(900));
    const limit = whole.length - 1;
    const fits = new PluginSide(limit);
    const heard = await open(fits);
    fits.raw(whole);
    await turn();
    t.same(ids(heard), [1]);
    t.same(fits.ends, []);

    const tooLong = new PluginSide(limit - 1);
    const refused = await open(tooLong);
    tooLong.raw(Buffer.concat([line(0, ''), whole, line(2, '')]));
    await turn();
    t.same(ids(refused), [0], 'what came before the long message counts, what came after does not');
    t.match(tooLong.ends, [{ code: 'OUTPUT_TOO_LARGE', data: { plugin: 'played', limit: limit - 1 } }]);
    t.match(
      refused.closed,
      [{ message: /^explained: OUTPUT_TOO_LARGE/ }],
      'closed once, with the explanation',
    );
  },
);

await t.test('a line that never ends is refused when it passes the limit', async (t) => {
  const side = new PluginSide(4_096);
  const heard = await open(side);
  for (let sent = 0; sent < 4_096; sent += 512) side.raw('x'.repeat(512));
  await turn();
  t.same(side.ends, []);
  side.raw('x');
  await turn();
  t.match(side.ends, [{ code: 'OUTPUT_TOO_LARGE' }]);
  side.raw('x'.repeat(10_000));
  side.raw('\n');
  side.raw(line(1));
  await turn();
  t.equal(side.ends.length, 1);
  t.same(heard.messages, [], 'nothing is delivered after the end');
});

await t.test('the end of the output is told once, with its explanation', async (t) => {
  const side = new PluginSide();
  const heard = await open(side);
  side.raw('{"jsonrpc":"2.0","id":1'); // cut off in the middle
  side.stdout.end();
  await once(side.stdout, 'close');
  side.stdin.destroy(new Error('EPIPE'));
  await turn();
  t.match(heard.closed, [{ message: 'explained: it closed its output' }]);
  t.same(heard.messages, []);
});

await t.test('a failing explanation ends the channel all the same', async (t) => {
  const side = new PluginSide();
  const channel = new StdioChannel({
    plugin: 'played',
    stdin: side.stdin,
    stdout: side.stdout,
    limitBytes: 1_024,
    onNoise: () => {},
    explainEnd: () => Promise.reject(new Error('nobody knows')),
  });
  const heard = await open({ channel });
  side.stdout.end();
  await once(side.stdout, 'end');
  await turn();
  t.match(heard.closed, [{ message: 'nobody knows' }]);
});

await t.test('errors of either pipe end the channel', async (t) => {
  for (const pipe of ['stdin', 'stdout'] as const) {
    const side = new PluginSide();
    const heard = await open(side);
    side[pipe].destroy(new Error(`${pipe} broke`));
    await turn();
    t.match(heard.closed, [{ message: `explained: ${pipe} broke` }]);
    t.doesNotThrow(() => side.channel.send({ jsonrpc: '2.0', method: 'late' }));
    await turn();
  }
});

await t.test('after close() nothing is delivered and nobody is told of the end', async (t) => {
  const side = new PluginSide();
  const heard = await open(side);
  await side.channel.close();
  await side.channel.close();
  side.raw(line(1));
  side.stdout.end();
  await once(side.stdout.resume(), 'end');
  await turn();
  t.same(heard, { messages: [], closed: [] });
  t.same(side.ends, []);
});

await t.test('messages of one turn wait for its end and leave in order', async (t) => {
  const side = new PluginSide();
  await open(side);
  const chunks: string[] = [];
  const original = side.stdin.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  for (let id = 0; id < 50; id++) side.channel.send({ jsonrpc: '2.0', id });
  t.same(chunks, [], 'nothing leaves before the turn is over');
  await turn();
  const lines = chunks.join('').trimEnd().split('\n');
  t.same(
    lines.map((text): unknown => JSON.parse(text)),
    Array.from({ length: 50 }, (_, id) => ({ jsonrpc: '2.0', id })),
  );
  original.destroy();
});

await t.test('a line break inside a message cannot break the framing', async (t) => {
  const side = new PluginSide().listen();
  await open(side);
  side.channel.send({ jsonrpc: '2.0', method: 'a\nb\r\n\u2028\u0085', params: { '\n': '\n' } });
  t.match(await side.inbox.next(), { method: 'a\nb\r\n\u2028\u0085', params: { '\n': '\n' } });
});

await t.test('a real process that never reads its input is stuck, not a leak', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const channel = new StdioChannel({
    plugin: 'deaf',
    stdin: child.stdin,
    stdout: child.stdout,
    limitBytes: 1_024,
    onNoise: () => {},
    explainEnd: (reason) => Promise.resolve(reason),
  });
  await open({ channel });
  const params = { text: 'x'.repeat(1_048_576) };
  let accepted = 0;
  const sendMany = async (): Promise<void> => {
    for (; accepted < 64; accepted++) {
      channel.send({ jsonrpc: '2.0', method: 'm', params });
      await turn(1);
    }
  };
  await t.rejects(sendMany(), { code: 'PLUGIN_STUCK', data: { plugin: 'deaf' } });
  t.ok(accepted >= 16 && accepted <= 18, `16 MiB wait at most, and one message (${accepted})`);
  t.ok(child.stdin.writableLength < 18 * 1_048_576);
  t.throws(() => channel.send({ jsonrpc: '2.0', method: 'small' }), { code: 'PLUGIN_STUCK' });
});
