import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { callResultSchema, errorBodySchema } from '../../../../runtime/contract/api.ts';
import { importOutcomeSchema } from '../../../../runtime/contract/import.ts';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { bundleManifest, zipBytes } from '../../../fixtures/zip-file.ts';

// Where uploads lie while they are imported: nothing may be left there.
const between = mkdtempSync(join(tmpdir(), 'nexus-test-uploads-'));
process.env['TMPDIR'] = between;
t.teardown(() => rmSync(between, { recursive: true, force: true }));

const edge = await openEdge(t, {});
const api = apiOf(edge);
const server = readFileSync(new URL('../../../fixtures/echo-plugin/server.mjs', import.meta.url));
const run = {
  type: 'node',
  entry_point: 'server/index.mjs',
  mcp_config: { command: 'node', args: ['${__dirname}/server/index.mjs'] },
};
const bundle = (name: string, entry = 'server/index.mjs') =>
  zipBytes([
    { name: 'manifest.json', data: bundleManifest({ name, server: run }) },
    { name: entry, data: server },
  ]);

/** Sends a body as it is. */
async function post(body: Buffer | FormData, query = '', type = 'application/octet-stream') {
  const headers = {
    authorization: `Bearer ${edge.token}`,
    ...(body instanceof FormData ? {} : { 'content-type': type }),
  };
  const response = await fetch(`${edge.url}/api/plugins${query}`, { method: 'POST', headers, body });
  const answer: unknown = await response.json();
  return { status: response.status, answer };
}

const refused = async (...given: Parameters<typeof post>) =>
  errorBodySchema.parse((await post(...given)).answer).error;

await t.test('a bundle is imported, waits, and works once it was approved', async (t) => {
  const { status, answer } = await post(bundle('weather'));
  t.equal(status, 201, JSON.stringify(answer));
  t.match(importOutcomeSchema.parse(answer).plugins, [
    { name: 'weather', kind: 'mcpb', outcome: 'added', manifest: { source: { mcpb: /\.mcpb$/ } } },
  ]);
  const call = { tool: 'weather.echo', arguments: { text: 'hello' } };
  t.match(await api.refused('POST', '/api/call', call), { code: 'TOOL_UNKNOWN' }, 'nothing of it runs');
  t.equal((await api.send('POST', '/api/plugins/weather/approve')).status, 200);
  const { body } = await api.send('POST', '/api/call', call);
  t.match(callResultSchema.parse(body).result, { content: [{ text: 'hello' }] });
  t.match(await post(bundle('weather')), { status: 200, answer: { plugins: [{ outcome: 'unchanged' }] } });
});

await t.test('as a form, under another name', async (t) => {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(bundle('weather'))]), 'weather.mcpb');
  t.match(await post(form, '?name=rain'), {
    status: 201,
    answer: { plugins: [{ name: 'rain', outcome: 'added' }] },
  });
  form.delete('file');
  form.set('other', 'x');
  t.match(await post(form), { status: 400, answer: { error: { message: /no field "file"/ } } });
});

await t.test('what is no sound bundle, or too much', async (t) => {
  t.match(await refused(Buffer.from('no archive')), { code: 'BUNDLE_INVALID' });
  t.match(await refused(bundle('slip', '../../evil.mjs')), { code: 'BUNDLE_INVALID', message: /evil\.mjs/ });
  t.match(await refused(bundle('x'), '?nmae=y'), { code: 'REQUEST_INVALID', message: /nmae/ });
  t.match(await refused(bundle('x'), '?name=../x'), { code: 'REQUEST_INVALID' });
  t.match(await refused(Buffer.alloc(5 * 1024 * 1024), '', 'application/json'), {
    code: 'REQUEST_TOO_LARGE',
  });
  t.equal(await statusOfHuge(), 413);
  const plugins = await api.get('/api/plugins', z.array(z.looseObject({ name: z.string() })));
  t.same(
    plugins.map(({ name }) => name),
    ['rain', 'weather'],
  );
  t.same(
    readdirSync(between).filter((name) => name.startsWith('nexus-upload')),
    [],
    'nothing is left behind',
  );
});

/** What is answered to a request that announces more than fits, before any of it is sent. */
async function statusOfHuge(): Promise<number | undefined> {
  const headers = {
    authorization: `Bearer ${edge.token}`,
    'content-type': 'application/octet-stream',
    'content-length': String(513 * 1024 * 1024),
  };
  const huge = request(`${edge.url}/api/plugins`, { method: 'POST', headers, agent: false });
  const status = new Promise<number | undefined>((resolve, reject) => {
    huge.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject);
  });
  huge.flushHeaders();
  const answered = await status;
  huge.on('error', () => {}).destroy();
  return answered;
}
