import t from 'tap';
import { z } from 'zod';
import {
  loginLinkSchema,
  madeTokenSchema,
  sessionSchema,
  tokenSchema,
} from '../../../../runtime/contract/access.ts';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { codeOf, WebBrowser } from '../../../fixtures/web-browser.ts';

const edge = await openEdge(t, {});
const { url, kernel } = edge;
const api = apiOf(edge);
const newCode = async (): Promise<string> => (await kernel.access.newCode()).code;
const password = 'correct horse battery';

async function signedIn(): Promise<WebBrowser> {
  const browser = new WebBrowser(url);
  await browser.signIn({ code: await newCode() });
  return browser;
}

await t.test('a link opens a session, once', async (t) => {
  const { status, body } = await api.send('POST', '/api/login-links');
  t.equal(status, 201);
  const link = loginLinkSchema.parse(body);
  const [page, code = ''] = link.url.split('/#login=');
  t.equal(page, url);
  const browser = new WebBrowser(url);
  t.same(await browser.session(), {
    state: 'none',
    user: null,
    csrf: null,
    hasPassword: false,
    expiresAt: null,
  });
  t.equal((await browser.send('/api/plugins')).status, 401);
  const answer = await browser.signIn({ code });
  t.equal(answer.status, 200);
  const [cookie = ''] = answer.headers['set-cookie'] ?? [];
  t.match(cookie, /^__Host-nexus-\d+=[0-9a-f]{64}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  t.ok(
    cookie.startsWith(`__Host-nexus-${new URL(url).port}=`),
    'of this kernel, not of another on the machine',
  );
  t.match(await browser.session(), { state: 'signed-in', user: 'operator', csrf: browser.csrf });
  t.equal((await browser.send('/api/plugins')).status, 200);
  const second = await new WebBrowser(url).signIn({ code });
  t.equal(second.status, 401);
  t.equal(codeOf(second), 'LOGIN_LINK_INVALID');
});

await t.test('signing out ends the session in the kernel, not only in the browser', async (t) => {
  const browser = await signedIn();
  const cookies = new Map(browser.cookies);
  t.equal((await browser.send('/api/session', { method: 'DELETE' })).status, 204);
  t.notOk(browser.cookies.has(`__Host-nexus-${new URL(url).port}`));
  for (const [name, value] of cookies) browser.cookies.set(name, value);
  t.equal((await browser.send('/api/plugins')).status, 401);
  t.equal((await browser.session()).state, 'none');
});

await t.test('browsers that are signed in, one ended, then all', async (t) => {
  const [one, two, three] = [await signedIn(), await signedIn(), await signedIn()];
  const list = z.array(sessionSchema).parse(JSON.parse((await one.send('/api/sessions')).text));
  t.equal(list.filter(({ isCurrent }) => isCurrent).length, 1);
  const other = await two.session();
  t.equal(other.state, 'signed-in');
  const mine = list.find(({ isCurrent }) => isCurrent)?.id ?? '';
  t.equal((await two.send(`/api/sessions/${mine}`, { method: 'DELETE' })).status, 204);
  t.equal((await one.session()).state, 'none');
  t.equal((await two.send(`/api/sessions/${mine}`, { method: 'DELETE' })).status, 404);
  t.equal((await two.send('/api/sessions', { method: 'DELETE' })).status, 204);
  t.same([(await two.session()).state, (await three.session()).state], ['none', 'none']);
});

await t.test('a password', async (t) => {
  const nobody = await new WebBrowser(url).signIn({ password });
  t.equal(codeOf(nobody), 'PASSWORD_NOT_SET');
  const browser = await signedIn();
  const other = await signedIn();
  const put = (body: unknown) => browser.send('/api/password', { method: 'PUT', body });
  t.equal((await put({ password: 'short' })).status, 400);
  t.equal((await put({ password })).status, 204);
  t.equal((await browser.session()).state, 'signed-in', 'who set it stays');
  t.equal((await other.session()).state, 'none', 'all others go');
  t.equal((await browser.session()).hasPassword, true);

  const later = new WebBrowser(url);
  t.equal(codeOf(await later.signIn({ password: 'wrong horse battery' })), 'PASSWORD_WRONG');
  t.equal((await later.signIn({ password })).status, 200);
  const change = (body: unknown) => later.send('/api/password', { method: 'PUT', body });
  t.equal(codeOf(await change({ password: 'another horse' })), 'PASSWORD_NEEDED');
  t.equal(codeOf(await change({ password: 'another horse', current: 'wrong' })), 'PASSWORD_WRONG');
  t.equal((await change({ password: 'another horse', current: password })).status, 204);
  t.equal((await put({ password: 'from a fresh link' })).status, 401, 'that browser is out now');
  const forgetful = await signedIn();
  const reset = await forgetful.send('/api/password', { method: 'PUT', body: { password } });
  t.equal(reset.status, 204, 'a fresh link replaces one that was forgotten');
});

await t.test('API tokens do what they are for, and nothing else', async (t) => {
  const made = await api.send('POST', '/api/tokens', { name: 'graphs', scopes: ['read'] });
  const { token, id, start } = madeTokenSchema.parse(made.body);
  t.match(token, /^nexus_[0-9a-f]{64}$/);
  t.ok(token.startsWith(start));
  const program = apiOf({ url, token });
  t.equal((await program.send('GET', '/api/plugins')).status, 200);
  t.match(await program.refused('POST', '/api/call', { tool: 'x.y' }), {
    status: 403,
    code: 'SCOPE_MISSING',
    message: /"graphs" .* tools/,
  });
  t.match(await program.refused('GET', '/api/tokens'), { code: 'SCOPE_MISSING' });
  t.equal((await mcp(token)).status, 403, 'no MCP either');
  const [listed] = z.array(tokenSchema).parse((await api.send('GET', '/api/tokens')).body);
  t.match(listed, { id, name: 'graphs', scopes: ['read'], start });
  t.type(listed?.lastUsedAt, 'number');
  t.notOk(JSON.stringify(listed).includes(token));

  const tools = await api.send('POST', '/api/tokens', {
    name: 'desktop',
    scopes: ['tools'],
    expiresInDays: null,
  });
  const second = madeTokenSchema.parse(tools.body);
  t.equal(second.expiresAt, null);
  t.equal((await mcp(second.token)).status, 200);
  t.equal(
    (await fetch(`${url}/api/tokens/${id}`, { method: 'DELETE', headers: bearer(edge.token) })).status,
    204,
  );
  t.match(await program.refused('GET', '/api/plugins'), { status: 401, code: 'UNAUTHORIZED' });
  t.match(await api.refused('DELETE', `/api/tokens/${id}`), { status: 404, code: 'TOKEN_UNKNOWN' });
});

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

async function mcp(token: string): Promise<Response> {
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  };
  const headers = {
    ...bearer(token),
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
  const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body });
  await response.text();
  return response;
}
