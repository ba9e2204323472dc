import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { messageOf, takeAnswer } from '../../scripts/bench/load/http-answer.ts';
import { HttpPool } from '../../scripts/bench/load/http-pool.ts';
import { HttpCaller } from '../../scripts/bench/load/mcp-http.ts';
import { StdioCaller } from '../../scripts/bench/load/mcp-stdio.ts';
import { measure } from '../../scripts/bench/load/measure.ts';
import { processorMs } from '../../scripts/bench/processor-time.ts';
import { formatTable, targetTable, verdictOf } from '../../scripts/bench/report.ts';
import { inRounds } from '../../scripts/bench/rounds.ts';
import { firstLine, Stage } from '../../scripts/bench/stage.ts';
import { median, quantile } from '../../scripts/bench/statistics.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';

const echoServer = fileURLToPath(new URL('../../scripts/bench/echo-server.mjs', import.meta.url));
const never = new AbortController().signal;

/** A server on loopback that handles each connection as told; its URL. */
async function serveSockets(st: Test, handle: (socket: Socket, index: number) => void): Promise<URL> {
  let connections = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    handle(socket, connections++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  st.teardown(() => server.close());
  return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/mcp`);
}

const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

await t.test('answers are cut out of the bytes whatever frames them', async (st) => {
  const json = '{"jsonrpc":"2.0","id":1,"result":{"a":"ä"}}';
  const event = `event: message\ndata: ${json}\n\n`;
  const length = Buffer.byteLength(json);
  const whole = bytes(
    `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${json}`,
  );
  const chunks = [event.slice(0, 20), event.slice(20)]
    .map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`)
    .join('');
  const streamed = bytes(
    `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
  );
  for (const text of [whole, streamed]) {
    for (let end = 0; end < text.length; end++)
      if (takeAnswer(text.slice(0, end), false) !== null)
        st.fail(`complete after ${end} of ${text.length} bytes`);
    const taken = takeAnswer(`HTTP/1.1 100 Continue\r\n\r\n${text}HTTP/1.1 2`, false);
    st.equal(taken?.rest, 'HTTP/1.1 2');
    st.same(taken && messageOf(taken.answer), JSON.parse(json));
  }
  const unframed = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${json}`;
  st.equal(takeAnswer(unframed, false), null);
  st.equal(takeAnswer(unframed, true)?.answer.body, json);
});

await t.test('a connection that was closed while it was idle is replaced', async (st) => {
  let connections = 0;
  const url = await serveSockets(st, (socket, index) => {
    connections = index + 1;
    // The first one is closed as the second request arrives: the client cannot know it in time.
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      if (requests === 1) socket.write(ok);
      else socket.destroy();
    });
  });
  const pool = new HttpPool(url);
  for (let request = 0; request < 3; request++) {
    const { status, body } = await pool.send(`GET / HTTP/1.1\r\nhost: ${url.host}\r\n\r\n`);
    st.same([status, body], [200, 'ok']);
  }
  st.equal(connections, 3);
  pool.close();
  await st.rejects(pool.send('GET / HTTP/1.1\r\n\r\n'), /closed/);
});

await t.test('a server that never answers ends a measurement when it is told to end', async (st) => {
  const url = await serveSockets(st, (socket) => socket.resume());
  const caller = new HttpCaller({ url: url.href, tool: 'echo', era: 'modern' });
  await caller.open();
  const told = new AbortController();
  const measuring = measure(caller, { inFlight: 4, calls: 8, limitMs: 1_000 }, told.signal);
  told.abort(new Error('enough'));
  await st.rejects(measuring, /enough/);
});

await t.test('calls over standard streams are counted and timed', async (st) => {
  await using stage = new Stage(never);
  const actor = stage.start(process.execPath, [echoServer, '--tools', '3'], { piped: true });
  const caller = new StdioCaller(actor.pipes(), 'echo');
  await caller.open();
  st.equal((await caller.list()).split('"inputSchema"').length - 1, 3);
  const sample = await measure(caller, { inFlight: 4, calls: 40, limitMs: 10_000 }, never);
  st.equal(sample.calls, 40);
  st.ok(sample.p50Ms > 0 && sample.p50Ms <= sample.p99Ms && sample.callsPerS > 0);
  const few = await measure(caller, { inFlight: 1, calls: 1_000_000, limitMs: 50 }, never);
  st.ok(few.calls > 0 && few.calls < 1_000_000, 'the time ends it too');
  const wrong = new StdioCaller(stage.start('cat', [], { piped: true }).pipes(), 'echo');
  await st.rejects(wrong.call('x'), /not the answer/);
});

await t.test('both kinds of HTTP clients call a tool of a kernel', async (st) => {
  await using home = await createKernelHome({
    bench: { source: { command: 'node', args: [echoServer] }, prefix: '' },
  });
  await using kernel = await startKernel(home);
  for (const era of ['legacy', 'modern'] as const) {
    const caller = new HttpCaller({ url: kernel.mcp, tool: 'echo', era, token: kernel.token });
    await caller.open();
    const { calls } = await measure(caller, { inFlight: 4, calls: 20, limitMs: 10_000 }, never);
    st.equal(calls, 20, era);
    caller.close();
  }
});

await t.test('nothing is left of a stage', async (st) => {
  await using stage = new Stage(never);
  // The child outlives its parent unless the whole group is ended.
  const program = `console.log(require('node:child_process').spawn('sleep', ['600'], {stdio: 'inherit'}).pid)`;
  const actor = stage.start(process.execPath, ['-e', program], { piped: true });
  const sleeper = Number(await firstLine(actor, 10_000, never));
  st.ok(processorMs([actor.pid]) > 0);
  const missing = stage.start('/no/such/program', [], { piped: true });
  await st.rejects(firstLine(missing, 10_000, never), /ENOENT/);
  await stage[Symbol.asyncDispose]();
  st.notOk(existsSync(`/proc/${actor.pid}`));
  // Whose parent is gone is collected by the system, in its own time.
  while (existsSync(`/proc/${sleeper}/exe`)) await setImmediate();
  st.notOk(existsSync(stage.folder));
});

await t.test('figures', async (st) => {
  st.equal(quantile([5, 1, 4, 2, 3], 0.5), 3);
  st.equal(quantile([1, 2], 0.99), 2);
  st.equal(median([4, 1, 3, 2]), 2.5);
  st.ok(Number.isNaN(median([])) && Number.isNaN(quantile([], 0.5)));
  const visited: string[] = [];
  await inRounds(['a', 'b', 'c'], 2, async (item, round) => {
    visited.push(`${item}${round}`);
  });
  st.same(visited, ['a0', 'b0', 'c0', 'b1', 'c1', 'a1']);
});

await t.test('a target is judged by what was measured, not by what is printed', async (st) => {
  const target = { name: 'ratio', value: 0.600_1, limit: 0.6, rule: 'at most' } as const;
  st.equal(verdictOf(target), 'missed');
  st.match(formatTable(targetTable([target])), /ratio +0\.600 +at most 0\.6 +missed/);
  st.equal(verdictOf({ ...target, value: 0.6 }), 'met');
  st.equal(verdictOf({ ...target, rule: 'at least' }), 'met');
  st.equal(verdictOf({ ...target, value: Number.NaN }), 'not measured');
});
