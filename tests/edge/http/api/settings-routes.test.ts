import t from 'tap';
import { z } from 'zod';
import { pluginDetailSchema } from '../../../../runtime/contract/api.ts';
import { settingAuditSchema, settingSchema } from '../../../../runtime/contract/settings-api.ts';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { readyClient } from '../../../fixtures/played-client.ts';
import { WebBrowser } from '../../../fixtures/web-browser.ts';

const secret = 'marked-secret-0815-abcdef';
const many = z.array(settingSchema);
const settings = {
  TOKEN: { type: 'string', title: 'Token', sensitive: true, required: true },
  region: { type: 'string', title: 'Region', choices: ['eu', 'us'], default: 'eu' },
};

await t.test('settings of the kernel: read, changed, refused, cleared, on record', async (t) => {
  const stage = await openEdge(t, {});
  const api = apiOf(stage);
  const level = (await api.get('/api/settings', many)).find(
    ({ definition }) => definition.key === 'log.level',
  );
  t.match(level, { value: 'info', isSet: false });
  t.equal(stage.kernel.log.level, 'info');
  const put = (body: object) => api.send('PUT', '/api/settings/log.level', body);
  t.match(await put({ value: 'debug', expectedVersion: 0 }), {
    status: 200,
    body: { value: 'debug', version: 1 },
  });
  t.equal(stage.kernel.log.level, 'debug', 'in force at once');
  t.match(await put({}), { status: 200, body: { value: 'debug', version: 1 } }, 'absent: unchanged');
  const refused = (body: object, path = '/api/settings/log.level') => api.refused('PUT', path, body);
  t.match(await refused({ value: 'warn', expectedVersion: 0 }), {
    status: 409,
    code: 'SETTING_STALE',
    message: /by local key at \d{4}-/,
  });
  t.match(await refused({ value: 'loud' }), {
    status: 422,
    code: 'SETTING_INVALID',
    message: /one of debug, info/,
  });
  t.match(await refused({ valeu: 'warn' }), { status: 400, code: 'REQUEST_INVALID' });
  t.match(await refused({ value: 'x' }, '/api/settings/log.levle'), { status: 404, message: /"log\.level"/ });
  t.match(await put({ value: null }), { status: 200, body: { value: 'info', isSet: false, version: 2 } });
  const audit = await api.get('/api/settings/audit?key=log.level&limit=1', z.array(settingAuditSchema));
  t.match(audit, [{ oldValue: 'debug', newValue: null, changedBy: 'local key', version: 2 }]);

  // Who it was is told apart, whatever a program says of itself.
  const { token } = await stage.kernel.access.makeToken({ name: 'ci', scopes: ['admin'], expiresInDays: 1 });
  const path = '/api/settings/log.level';
  const asProgram = new WebBrowser(stage.url);
  for (const [shown, value] of [
    [token, 'warn'],
    [stage.token, 'debug'],
  ] as const) {
    const headers = { 'x-nexus-source': 'cli', authorization: `bearer ${shown}` };
    const done = await asProgram.raw(path, { method: 'PUT', headers, body: { value } });
    t.equal(done.status, 200, 'the case of "bearer" does not matter');
  }
  const browser = new WebBrowser(stage.url);
  await browser.signIn({ code: (await stage.kernel.access.newCode()).code });
  t.equal((await browser.send(path, { method: 'PUT', body: { value: 'error' } })).status, 200);
  const [session] = await api.get('/api/sessions', z.array(z.looseObject({ id: z.string() })));
  t.match(await api.get('/api/settings/audit?key=log.level&limit=3', z.array(settingAuditSchema)), [
    { changedBy: `browser ${session?.id.slice(-6)}` },
    { changedBy: 'cli' },
    { changedBy: 'API token ci' },
  ]);
});

await t.test('a plugin waits for a required setting, starts with it, and follows its changes', async (t) => {
  const stage = await openEdge(t, { p: { settings } });
  const api = apiOf(stage);
  const status = async () => (await api.get('/api/plugins/p', pluginDetailSchema)).status;
  t.match(await status(), {
    state: 'available',
    reason: /needs the setting "Token" \(TOKEN\)/,
    nextStep: /nexus settings set plugin\.p\.TOKEN/,
  });
  const call = { tool: 'p.env', arguments: {} };
  t.match(await api.refused('POST', '/api/call', call), { status: 404 });

  const path = '/api/plugins/p/settings';
  t.match(await api.send('PUT', path, { changes: { TOKEN: { value: secret } } }), {
    status: 200,
    body: [{ definition: { key: 'plugin.p.TOKEN' }, value: null, masked: '••••••••cdef' }, { value: 'eu' }],
  });
  const envOf = async () => {
    const signal = new AbortController().signal;
    const options = { channel: readyClient('test', {}), signal };
    const params = { name: 'env', arguments: {} };
    return (await stage.kernel.host.call('p', 'tools/call', params, options))['structuredContent'];
  };
  t.ok((await status()).tools > 0, 'the answer has waited for it');
  t.match(await envOf(), { TOKEN: secret });

  // Unchanged is not cleared: the other one stays.
  await api.send('PUT', path, { changes: { TOKEN: {}, region: { value: 'us' } } });
  t.match((await api.get(path, many))[0], { isSet: true, version: 1 });
  t.match(await api.send('PUT', path, { changes: { TOKEN: { value: `${secret}-2`, expectedVersion: 1 } } }), {
    body: [{ plugin: { name: 'p', state: 'active', pending: null } }, {}],
  });
  t.match(await envOf(), { TOKEN: `${secret}-2` });

  const cleared = await api.send('PUT', '/api/settings/plugin.p.TOKEN', { value: null });
  t.match(cleared.body, {
    isSet: false,
    plugin: { pending: { kind: 'failed', reason: /needs the setting/ } },
  });
  t.match(await envOf(), { TOKEN: `${secret}-2` }, 'what ran before serves on');

  t.match(await api.refused('PUT', path, { changes: { TOKNE: { value: 'x' } } }), {
    status: 404,
    message: /plugin\.p\.TOKEN/,
  });
  t.match(await api.refused('GET', '/api/plugins/nope/settings'), { status: 404, code: 'PLUGIN_UNKNOWN' });
});

await t.test('a batch is all or none; a new master key leaves every secret readable', async (t) => {
  const stage = await openEdge(t, { p: { settings, enabled: false } });
  const api = apiOf(stage);
  const batch = (changes: object[]) => api.send('POST', '/api/settings/batch', { changes });
  t.match(
    await batch([
      { key: 'plugin.p.TOKEN', value: secret },
      { key: 'log.level', value: 7 },
    ]),
    { status: 422 },
  );
  t.match((await api.get('/api/plugins/p/settings', many))[0], { isSet: false });
  t.match(
    await batch([
      { key: 'plugin.p.TOKEN', value: secret },
      { key: 'log.level', value: 'warn' },
    ]),
    {
      status: 200,
      body: [{ isSet: true }, { value: 'warn' }],
    },
  );
  t.match(await batch([{ key: 'plugin.p.TOKEN' }, { key: 'log.level', value: null }]), {
    status: 200,
    body: [
      { isSet: true, version: 1 },
      { isSet: false, value: 'info' },
    ],
  });
  t.match(await api.send('POST', '/api/settings/rotate-key'), { status: 200, body: { secrets: 1 } });
  t.equal(stage.kernel.settings.value('plugin.p.TOKEN'), secret);
});

await t.test('export and import', async (t) => {
  const stage = await openEdge(t, {});
  const api = apiOf(stage);
  const textOf = async (body: object) =>
    z.object({ text: z.string() }).parse((await api.send('POST', '/api/settings/export', body)).body).text;
  await api.send('PUT', '/api/settings/log.level', { value: 'warn' });
  const plain = await textOf({});
  const encrypted = await textOf({ passphrase: 'a long passphrase' });
  await api.send('PUT', '/api/settings/log.level', { value: null });
  const done = { status: 200, body: { changed: ['log.level'], undeclared: [], leftOut: [] } };
  t.match(await api.send('POST', '/api/settings/import', { text: plain }), done);
  t.equal(stage.kernel.settings.value('log.level'), 'warn');
  t.match(await api.refused('POST', '/api/settings/import', { text: encrypted }), { status: 422 });
  const again = await api.send('POST', '/api/settings/import', {
    text: encrypted,
    passphrase: 'a long passphrase',
  });
  t.match(again, { status: 200, body: { changed: [] } });
});
