import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { openEdge } from '../fixtures/edge-stage.ts';
import { codeOf, WebBrowser } from '../fixtures/web-browser.ts';

// Attacks on the console from where attackers are: pages of other origins in the same browser, programs on the same
// machine, files that plugins left. Each is shown beside the same request without what makes it an attack.

const edge = await openEdge(t, {});
const { url, kernel } = edge;
const { host, port } = new URL(url);
const cookie = `__Host-nexus-${port}`;

async function signedIn(): Promise<WebBrowser> {
  const browser = new WebBrowser(url);
  await browser.signIn({ code: (await kernel.access.newCode()).code });
  return browser;
}
const victim = await signedIn();
const csrf = victim.csrf ?? '';
const change = { method: 'PUT', body: { value: 'debug' } };
const path = '/api/settings/log.level';

await t.test('CSRF: a page makes the browser send a change', async (t) => {
  t.equal((await victim.send(path, change)).status, 200, 'the console itself may');
  const attacks: Record<string, Record<string, string>> = {
    'without the token of the session': { origin: url, 'x-nexus-csrf': '' },
    'with a wrong one': { origin: url, 'x-nexus-csrf': `${csrf}x` },
    'of another session': { origin: url, 'x-nexus-csrf': (await signedIn()).csrf ?? '' },
    'without an origin': { 'x-nexus-csrf': csrf },
    'from another port of this machine': { origin: 'http://127.0.0.1:1', 'x-nexus-csrf': csrf },
    'from another name of this machine': {
      origin: `http://localhost:${new URL(url).port}`,
      'x-nexus-csrf': csrf,
    },
    'from the web': { origin: 'https://evil.example', 'x-nexus-csrf': csrf },
    'from a page without an origin': { origin: 'null', 'x-nexus-csrf': csrf },
    'as the browser names it': { origin: url, 'sec-fetch-site': 'same-site', 'x-nexus-csrf': csrf },
  };
  for (const [name, headers] of Object.entries(attacks)) {
    const answer = await victim.raw(path, { ...change, headers });
    t.equal(answer.status, 403, name);
    t.match(codeOf(answer), /^(?:CSRF|ORIGIN)_REFUSED$/);
  }
  const form = { origin: url, 'content-type': 'text/plain' };
  t.equal(
    (await victim.raw('/api/settings/batch', { method: 'POST', body: '{}', headers: form })).status,
    403,
  );
});

await t.test('cross-origin reads: another page asks with the cookie', async (t) => {
  t.equal((await victim.send('/api/settings')).status, 200);
  const site = (value: string) => victim.raw('/api/settings', { headers: { 'sec-fetch-site': value } });
  t.equal((await site('same-site')).status, 403, 'from another port');
  t.equal((await site('cross-site')).status, 403);
  const origin = await victim.raw('/api/settings', { headers: { origin: 'http://127.0.0.1:1' } });
  t.equal(origin.status, 403);
  const answer = await victim.send('/api/settings');
  t.equal(answer.headers['access-control-allow-origin'], undefined);
  t.equal(answer.headers['cross-origin-resource-policy'], 'same-origin');
});

await t.test('session fixation: a session that was planted before is of no use after', async (t) => {
  const attacker = await signedIn();
  const planted = attacker.cookies.get(cookie) ?? '';
  const browser = new WebBrowser(url);
  browser.cookies.set(cookie, planted);
  await browser.signIn({ code: (await kernel.access.newCode()).code });
  t.not(browser.cookies.get(cookie), planted);
  t.equal((await attacker.session()).state, 'none', 'the attacker is not in with it either');
  const made = new WebBrowser(url);
  made.cookies.set(cookie, 'a'.repeat(64));
  await made.signIn({ code: (await kernel.access.newCode()).code });
  t.not(made.cookies.get(cookie), 'a'.repeat(64));
  const two = await victim.raw('/api/settings', {
    headers: { cookie: `${cookie}=${planted}; ${cookie}=${victim.cookies.get(cookie)}` },
  });
  t.equal(two.status, 401, 'two cookies of the name are none');
});

await t.test('login CSRF: a page signs the browser in', async (t) => {
  const { code } = await kernel.access.newCode();
  const browser = new WebBrowser(url);
  const body = { code };
  for (const headers of [
    { origin: 'http://127.0.0.1:1' },
    { origin: url, 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
  ]) {
    t.equal((await browser.raw('/api/session', { method: 'POST', body, headers })).status, 403);
  }
  t.equal((await browser.signIn({ code })).status, 200, 'the link is still good for the one it was made for');
});

await t.test('DNS rebinding: the right address under another name', async (t) => {
  for (const name of [
    'evil.example',
    `evil.example:${host.split(':')[1]}`,
    '127.0.0.1.evil.example',
    '10.0.0.1',
  ]) {
    for (const asked of ['/', '/api/session', path]) {
      const answer = await victim.raw(asked, { headers: { host: name } });
      t.ok(answer.status === 403 || answer.status === 400, `${asked} of ${name}`);
    }
  }
});

await t.test('a link used by two at once lets one in', async (t) => {
  const { code } = await kernel.access.newCode();
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => (await new WebBrowser(url).signIn({ code })).status),
  );
  t.same(
    answers.toSorted((a, b) => a - b),
    [200, 401, 401, 401, 401, 401, 401, 401],
  );
});

await t.test('a flood of wrong passwords locks out neither the known browser nor the link', async (t) => {
  const password = 'correct horse battery';
  await victim.send('/api/password', { method: 'PUT', body: { password } });
  const owner = new WebBrowser(url);
  t.equal((await owner.signIn({ password })).status, 200);
  const guess = (): Promise<string> => new WebBrowser(url).signIn({ password: 'guessed' }).then(codeOf);
  const said = new Set<string>();
  for (let attempt = 0; attempt < 50 && !said.has('LOGIN_LIMITED'); attempt += 1) said.add(await guess());
  t.same([...said], ['PASSWORD_WRONG', 'LOGIN_LIMITED']);
  const limited = await new WebBrowser(url).signIn({ password });
  t.equal(codeOf(limited), 'LOGIN_LIMITED', 'also with the right one: else guessing would go on');
  t.ok(Number(limited.headers['retry-after']) > 0);
  await owner.send('/api/session', { method: 'DELETE' });
  t.equal((await owner.signIn({ password })).status, 200, 'who was in before');
  t.equal((await new WebBrowser(url).signIn({ code: (await kernel.access.newCode()).code })).status, 200);
  const forged = new WebBrowser(url);
  forged.cookies.set(`${cookie}-device`, `${'a'.repeat(64)}.${'b'.repeat(43)}`);
  t.equal(codeOf(await forged.signIn({ password })), 'LOGIN_LIMITED', 'a browser cannot say so itself');
});

await t.test('nothing of an answer is kept or taken for something else', async (t) => {
  const browser = await signedIn();
  for (const asked of ['/api/session', '/api/settings', '/api/tokens', '/api/logs', '/api/nothing', '/']) {
    const { headers } = await browser.send(asked);
    t.equal(headers['cache-control'], 'no-store', asked);
    t.equal(headers['x-content-type-options'], 'nosniff');
    t.equal(headers['referrer-policy'], 'no-referrer');
    t.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/);
  }
});

await t.test('uploads: paths, links and pages of an attacker', async (t) => {
  const browser = await signedIn();
  const upload = async (name: string, content: string): Promise<string> => {
    const form = new FormData();
    form.set('file', new File([content], name));
    const response = await fetch(`${url}/api/files`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${edge.token}` },
    });
    t.equal(response.status, 201);
    return z.object({ name: z.string() }).parse(await response.json()).name;
  };
  t.equal(await upload('../../data/token', 'x'), 'token');
  t.equal(await upload('..\\..\\evil\u202Egpj.exe', 'x'), 'evilgpj.exe');
  const page = await upload(
    'page.svg',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
  );
  const shown = await browser.send(`/api/files/${page}`);
  t.equal(shown.status, 200);
  t.equal(shown.headers['content-type'], 'application/octet-stream');
  t.match(shown.headers['content-disposition'], /^attachment;/);
  t.match(shown.headers['content-security-policy'], /sandbox/);
  for (const name of ['..%2F..%2Fdata%2Ftoken', '%2e%2e%2ftoken', '.', 'none.txt', 'a%00b'])
    t.ok((await browser.send(`/api/files/${name}`)).status >= 400, name);

  const { workspaceDir, dataDir } = kernel.config;
  symlinkSync(join(dataDir, 'token'), join(workspaceDir, 'uploads', 'linked.txt'));
  mkdirSync(join(workspaceDir, 'uploads', 'folder.txt'));
  for (const name of ['linked.txt', 'folder.txt'])
    t.equal((await browser.send(`/api/files/${name}`)).status, 404);
});

await t.test('a plugin puts a link in place of the folder of uploads', async (t) => {
  const other = await openEdge(t, {});
  const { workspaceDir, dataDir } = other.kernel.config;
  writeFileSync(join(dataDir, 'here'), '');
  symlinkSync(dataDir, join(workspaceDir, 'uploads'));
  const form = new FormData();
  form.set('file', new File(['x'], 'lock'));
  const headers = { authorization: `Bearer ${other.token}` };
  const response = await fetch(`${other.url}/api/files`, { method: 'POST', body: form, headers });
  t.equal(response.status, 409);
  t.equal((await fetch(`${other.url}/api/files/here`, { headers })).status, 409);
});

await t.test('a stream ends when its session does', async (t) => {
  const browser = await signedIn();
  const all = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const response = await fetch(`${url}/api/events`, { headers: { cookie: all } });
  const reader = response.body?.getReader();
  await reader?.read();
  const ended = (async () => {
    for (;;) if ((await reader?.read())?.done !== false) return 'ended';
  })().catch(() => 'cut off');
  await browser.send('/api/session', { method: 'DELETE' });
  t.match(await ended, /ended|cut off/);
});
