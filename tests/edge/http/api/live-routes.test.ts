import { readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { madeTokenSchema } from '../../../../runtime/contract/access.ts';
import { uploadedFileSchema } from '../../../../runtime/contract/files.ts';
import { logEntrySchema, logPageSchema } from '../../../../runtime/contract/logs.ts';
import { overviewSchema } from '../../../../runtime/contract/overview.ts';
import { eventually, openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { echoManifest } from '../../../fixtures/nexus-command.ts';
import { WebBrowser } from '../../../fixtures/web-browser.ts';

const crashing = fileURLToPath(new URL('../../../fixtures/echo-plugin/server.mjs', import.meta.url));
const edge = await openEdge(t, {
  echo: { ...echoManifest, source: { command: 'node', args: [crashing] } },
});
const { url, token } = edge;
const api = apiOf(edge);
const headers = { authorization: `Bearer ${token}` };

/** The events of a stream from now on. */
async function listen(t: Test, path: string) {
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const response = await fetch(`${url}${path}`, { headers, signal: stop.signal });
  t.match(response.headers.get('content-type'), /^text\/event-stream/);
  t.equal(response.headers.get('cache-control'), 'no-store');
  const events: unknown[] = [];
  const reading = (async () => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) if (part.startsWith('data: ')) events.push(JSON.parse(part.slice(6)));
    }
  })();
  reading.catch(() => {});
  return {
    events,
    some: (wanted: Record<string, unknown>) =>
      eventually(() =>
        events.some((event) =>
          Object.entries(wanted).every(
            ([key, value]) => z.record(z.string(), z.unknown()).parse(event)[key] === value,
          ),
        ),
      ),
    stop: () => stop.abort(),
  };
}

await t.test('a program that opens streams without end leaves those of others alone', async (t) => {
  const made = await api.send('POST', '/api/tokens', { name: 'greedy', scopes: ['read'] });
  const greedy = madeTokenSchema.parse(made.body);
  const stop = new AbortController();
  const take = async () =>
    await fetch(`${url}/api/events`, {
      headers: { authorization: `Bearer ${greedy.token}` },
      signal: stop.signal,
    });
  const taken = await Promise.all(Array.from({ length: 70 }, take));
  t.equal(taken.filter(({ status }) => status === 200).length, 64);
  t.equal(taken.filter(({ status }) => status === 503).length, 6);
  (await listen(t, '/api/events')).stop();
  stop.abort();
  await eventually(async () => {
    const again = await fetch(`${url}/api/events`, { headers: { authorization: `Bearer ${greedy.token}` } });
    await again.body?.cancel();
    return again.status === 200;
  });
});

const head = async (path: string) => (await fetch(`${url}${path}`, { method: 'HEAD', headers })).status;

/** Files of the log that this process, and so the kernel, holds open. */
const openLogs = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).endsWith('.log');
    } catch {
      // Closed since the folder was read.
      return false;
    }
  }).length;

await t.test('a HEAD request leaves nothing open', async (t) => {
  const before = openLogs();
  for (const path of ['/api/events', '/api/logs/stream', '/api/logs/download'])
    for (let count = 0; count < 70; count++) t.equal(await head(path), 200);
  (await listen(t, '/api/events')).stop();
  await eventually(() => openLogs() <= before);
});

await t.test('pages hear what changes', async (t) => {
  const page = await listen(t, '/api/events');
  const { body } = await api.send('POST', '/api/call', { tool: 'echo.echo', arguments: { text: 'x' } });
  const { run } = z.object({ run: z.string() }).parse(body);
  await page.some({ type: 'run', id: run });
  await api.send('POST', '/api/plugins/echo/restart');
  await page.some({ type: 'plugin', id: 'echo' });
  await api.send('PUT', '/api/settings/log.level', { value: 'debug' });
  await page.some({ type: 'setting', id: 'log.level' });
  const made = await api.send('POST', '/api/threads', {});
  await page.some({ type: 'thread', id: z.object({ id: z.string() }).parse(made.body).id });
  page.stop();
});

await t.test('a line is seen in the stream and in the pages', async (t) => {
  const errors = await listen(t, '/api/logs/stream?level=error&plugin=echo');
  const all = await listen(t, '/api/logs/stream?plugin=echo');
  await api.send('POST', '/api/plugins/echo/restart');
  await api.send('POST', '/api/call', { tool: 'echo.crash', arguments: {} });
  await all.some({ text: 'about to crash', component: 'plugin', plugin: 'echo' });
  t.notMatch(JSON.stringify(errors.events), /"component":"plugin"/, 'what a plugin says is no error');
  edge.kernel.log.error({ plugin: 'echo', key: 'sk-abcdefghijklmnop0123' }, 'Error: broken');
  await errors.some({ text: 'Error: broken' });
  t.notMatch(JSON.stringify(errors.events), /sk-abcdef/);
  await eventually(async () => {
    const page = await api.get('/api/logs?plugin=echo&text=ABOUT%20to', logPageSchema);
    return page.entries.length > 0;
  });
  const told = z.array(logEntrySchema).parse(errors.events);
  await eventually(async () => {
    const { entries } = await api.get('/api/logs?level=error&plugin=echo', logPageSchema);
    return entries[0] !== undefined && entries[0].id === told.at(-1)?.id;
  });
  const file = await fetch(`${url}/api/logs/download`, { headers });
  t.match(file.headers.get('content-disposition'), /^attachment/);
  t.match(await file.text(), /about to crash/);
  t.match(await api.refused('GET', '/api/logs?level=loud'), { status: 400, code: 'REQUEST_INVALID' });
});

await t.test('how the kernel is at a glance', async (t) => {
  const overview = await api.get('/api/overview', overviewSchema);
  t.match(overview, {
    models: { default: null },
    plugins: { total: 1, tools: 8 },
    queue: { turns: 0, runs: 0, approvals: 0 },
    today: { modelCalls: 0, costMicros: 0, limitMicros: null },
  });
  t.ok(
    overview.troubles.some(({ area }) => area === 'models'),
    'no model is chosen',
  );
  t.ok(overview.disk.totalBytes > overview.disk.freeBytes);
  t.ok(overview.memory.kernelBytes > 0);
  t.equal(overview.today.since % 86_400_000, 0);
});

await t.test('files for the assistant', async (t) => {
  const send = async (name: string, content: Uint8Array<ArrayBuffer>): Promise<Response> => {
    const form = new FormData();
    form.set('file', new File([content], name));
    return await fetch(`${url}/api/files`, { method: 'POST', body: form, headers });
  };
  const bytes = Buffer.alloc(300_000, 7);
  const first = uploadedFileSchema.parse(await (await send('photo.png', bytes)).json());
  t.match(first, { name: 'photo.png', path: 'uploads/photo.png', size: 300_000 });
  const second = uploadedFileSchema.parse(await (await send('photo.png', Buffer.from(''))).json());
  t.equal(second.name, 'photo-2.png', 'none is written over');
  const got = await fetch(`${url}/api/files/photo.png`, { headers });
  t.equal(got.headers.get('content-type'), 'image/png');
  t.same(Buffer.from(await got.arrayBuffer()), bytes);
  t.equal((await (await fetch(`${url}/api/files/photo-2.png`, { headers })).arrayBuffer()).byteLength, 0);
  const list = await api.get('/api/files', z.array(uploadedFileSchema));
  t.same(list.map(({ name }) => name).toSorted(), ['photo-2.png', 'photo.png']);
  const removed = await fetch(`${url}/api/files/photo.png`, { method: 'DELETE', headers });
  t.equal(removed.status, 204);
  t.match(await api.refused('GET', '/api/files/photo.png'), { status: 404, code: 'FILE_UNKNOWN' });
  const large = await new WebBrowser(url).raw('/api/files', {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': String(33 * 1024 * 1024),
    },
  });
  t.equal(large.status, 413, 'before anything of it is read');
  t.match(await api.refused('POST', '/api/files', '{}'), { status: 400 });
});

await t.test('a page that reads nothing is not waited for', async (t) => {
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  await fetch(`${url}/api/logs/stream`, { headers, signal: stop.signal });
  const reading = await listen(t, '/api/logs/stream?plugin=flood');
  const text = 'x'.repeat(10_000);
  for (let line = 0; line < 3_000; line += 1) edge.kernel.log.info({ plugin: 'flood' }, text);
  await reading.some({ type: 'reset' });
  const changes = await listen(t, '/api/events');
  edge.kernel.changes.tell('task', 'after the flood');
  await changes.some({ id: 'after the flood' });
});
