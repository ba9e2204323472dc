import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { z } from 'zod';
import { openEdge } from '../fixtures/edge-stage.ts';

// What only a browser can tell: that it keeps the cookie on http://127.0.0.1, and that it holds a page to its policy.

const chromium = '/usr/bin/chromium';

const script = `
const json = { 'content-type': 'application/json' };
const code = new URLSearchParams(location.hash.slice(1)).get('login');
const signedIn = await fetch('/api/session', { method: 'POST', headers: json, body: JSON.stringify({ code }) });
const { csrf } = await signedIn.json();
const read = await fetch('/api/settings');
const change = (headers) =>
  fetch('/api/settings/log.level', { method: 'PUT', headers, body: JSON.stringify({ value: 'debug' }) });
const without = await change(json);
const changed = await change({ ...json, 'x-nexus-csrf': csrf });
let evaluated = true;
try { (0, eval)('1'); } catch { evaluated = false; }
const inline = document.createElement('script');
inline.textContent = 'window.inlined = true';
document.head.append(inline);
document.body.innerHTML = '<img src="x" onerror="window.inlined = true"><iframe srcdoc="<script>parent.inlined = true</script>"></iframe>';
await new Promise((resolve) => {
  const events = new EventSource('/api/events');
  events.onopen = () => { events.close(); resolve(); };
});
const statuses = [signedIn, read, without, changed].map(({ status }) => status);
const report = { statuses, evaluated, inlined: window.inlined === true, cookie: document.cookie };
document.body.textContent = 'REPORT' + JSON.stringify(report) + 'END';
`;

const reportSchema = z.object({
  statuses: z.array(z.number()),
  evaluated: z.boolean(),
  inlined: z.boolean(),
  cookie: z.string(),
});

await t.test('a browser signs in, changes something, and runs nothing else', async (t) => {
  if (!existsSync(chromium)) {
    t.pass('in Chromium', { skip: `${chromium} is missing` });
    return;
  }
  const root = mkdtempSync(join(tmpdir(), 'nexus-chromium-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  mkdirSync(join(root, 'dist', 'assets'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{}');
  writeFileSync(join(root, 'dist', 'assets', 'main-abcdefgh.js'), script);
  writeFileSync(
    join(root, 'dist', 'index.html'),
    '<!doctype html><html><body>not yet<script nonce="__CSP_NONCE__" type="module" src="/assets/main-abcdefgh.js"></script></body></html>',
  );
  const { url, kernel } = await openEdge(t, {}, { consoleDir: root });
  const { code } = await kernel.access.newCode();
  const child = spawn(
    chromium,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--virtual-time-budget=20000',
      `--user-data-dir=${join(root, 'profile')}`,
      '--dump-dom',
      `${url}/#login=${code}`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const page = await text(child.stdout);
  const [, report = ''] = /REPORT(.*)END/s.exec(page) ?? [];
  t.not(report, '', page);
  t.same(reportSchema.parse(JSON.parse(report)), {
    statuses: [200, 200, 403, 200],
    evaluated: false,
    inlined: false,
    cookie: '',
  });
});
