import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LLMock } from '@copilotkit/aimock';
import t, { type Test } from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { pluginDetailSchema } from '../../runtime/contract/api.ts';
import { threadSchema } from '../../runtime/contract/threads.ts';
import { openDatabase } from '../../runtime/store/database.ts';
import { approvals } from '../../runtime/store/migrations/0003-approvals.ts';
import { toolLists } from '../../runtime/store/migrations/0001-tool-lists.ts';
import { access } from '../../runtime/store/migrations/0004-access.ts';
import { timelineHeads } from '../../runtime/store/migrations/0005-timeline-heads.ts';
import { acceptedHeads } from '../../runtime/store/migrations/0006-accepted-heads.ts';
import { settings as settingsTables } from '../../runtime/store/migrations/0002-settings.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import {
  createKernelHome,
  startKernel,
  type KernelHome,
  type KernelProcess,
} from '../fixtures/kernel-process.ts';
import { runNexus } from '../fixtures/nexus-command.ts';
import { readServerEvents } from '../fixtures/server-events.ts';
import { keepSecret } from './secret-work.ts';

const server = fileURLToPath(new URL('../fixtures/telling-plugin/server.mjs', import.meta.url));
const crashOnSignal = new URL('../fixtures/crash-on-signal.mjs', import.meta.url).href;
const secret = 'Marked/Secret+"4711"-ü-with-\\-abcdef';
const writings = [
  secret,
  JSON.stringify(secret).slice(1, -1),
  JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  // A beginning or an end that a cut leaves is as good as nothing only when it is short.
  secret.slice(0, 20),
];

/** Which writing of the secret is in there; undefined for none. */
function leakIn(data: Buffer | string): string | undefined {
  const bytes = Buffer.from(data);
  return writings.find((writing) => bytes.includes(writing));
}

function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function checkFiles(t: Test, dir: string): void {
  const files = filesBelow(dir);
  for (const file of files) t.equal(leakIn(readFileSync(file)), undefined, file);
  t.ok(files.length > 0);
}

/** Processes whose command line or environment holds the secret. */
function holders(): { readonly cmdline: readonly number[]; readonly environ: readonly number[] } {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const holding = (file: string): readonly number[] =>
    pids.filter((pid) => leakIn(readProc(`/proc/${pid}/${file}`)) !== undefined).map(Number);
  return { cmdline: holding('cmdline'), environ: holding('environ') };
}

function readProc(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    // It has ended, or belongs to somebody else.
    return Buffer.alloc(0);
  }
}

const command = (args: readonly string[] = []) => ({ source: { command: 'node', args: [server, ...args] } });
const token = { type: 'string', title: 'Token', sensitive: true, required: true };

async function openHome(): Promise<KernelHome> {
  return await createKernelHome({
    keeper: {
      ...command(),
      settings: { TOKEN: token },
      tools: {
        result: { effect: 'read' },
        argument: { effect: 'read' },
        asked: { effect: 'reversible', approval: 'always' },
      },
    },
    other: command(),
  });
}

async function tellSecret(home: KernelHome): Promise<void> {
  const set = await runNexus(['settings', 'set', 'plugin.keeper.TOKEN', '--data', home.data], {
    input: secret,
  });
  t.equal(set.code, 0, set.stderr);
  t.equal(leakIn(set.stdout), undefined);
}

/** Lets the plugin tell the secret in every way there is; the answers to its caller are its own affair. */
async function useSecret(t: Test, kernel: KernelProcess): Promise<void> {
  const api = apiOf(kernel);
  const call = (tool: string, args: object = {}) => api.send('POST', '/api/call', { tool, arguments: args });
  let told = await call('keeper.result');
  // The plugin may still be on its way up with its first secret.
  for (let look = 0; look < 200 && told.status !== 200; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    told = await call('keeper.result');
  }
  const given = { body: { result: { content: [{ text: secret }] } } };
  t.match(told, given, 'the granted case: its plugin has it');
  t.match(await call('keeper.argument', { text: secret }), { status: 200 });
  t.match(JSON.stringify(await call('other.result')), '(none)');
  for (const tool of ['stderr', 'stdout', 'log']) t.equal((await call(`keeper.${tool}`)).status, 200, tool);
  for (const tool of ['refuse', 'crash']) {
    const answer = JSON.stringify(await call(`keeper.${tool}`));
    t.equal(leakIn(answer), undefined, answer);
  }
  t.equal((await call('keeper.argument', { text: 'x' })).status, 200, 'it runs again');
}

const toolCall = (name: string, args: object) => ({ id: name, name, arguments: JSON.stringify(args) });

/** A conversation in which the person, the model and a tool say the secret; nobody is told it. */
async function converse(t: Test, kernel: KernelProcess): Promise<void> {
  const mock = await LLMock.create({ port: 0, host: '127.0.0.1', strict: true });
  t.teardown(() => mock.stop());
  const api = apiOf(kernel);
  for (const [key, value] of [
    ['anthropic.apiKey', 'key-of-anthropic'],
    ['anthropic.baseUrl', mock.url],
    ['default', 'anthropic/claude-sonnet-5'],
  ])
    t.match(await api.send('PUT', `/api/settings/models.${key}`, { value }), { status: 200 });
  const toolCalls = [
    toolCall('keeper__result', {}),
    toolCall('keeper__argument', { text: secret, [secret]: [{ of: secret }] }),
  ];
  mock.on({ hasToolResult: false }, { content: `I look for ${secret}.`, toolCalls });
  mock.on({ hasToolResult: true }, { content: 'Done.' });
  const { id } = threadSchema.parse((await api.send('POST', '/api/threads', {})).body);
  const path = `/api/threads/${id}`;
  const said = [
    { type: 'text', text: `is it ${secret}?` },
    { type: 'attachment', name: `of ${secret}`, text: `it is ${secret}` },
  ];
  const heard: string[] = [];
  for await (const { event, data } of readServerEvents(kernel, id)) {
    if (event === 'reset')
      t.match(await api.send('POST', `${path}/messages`, { content: said }), { status: 202 });
    // Pieces of what a model says by itself are told as they come.
    else if (event !== 'text') heard.push(JSON.stringify(data));
    if (event === 'state' && String(data['state']).endsWith('ED') && data['state'] !== 'QUEUED') break;
  }
  t.equal(leakIn(heard.join('\n')), undefined, 'events');
  t.match(heard.at(-1), /SUCCEEDED/);
  const results = heard.filter((event) => event.includes('"kind":"tool_result"'));
  t.match(results, [/\[secret plugin\.keeper\.TOKEN\]/, /unknown/], 'the tools were called');
  for (const request of mock.getRequests())
    t.equal(leakIn(JSON.stringify(request.body)), undefined, 'a prompt');
  t.equal(mock.getRequests().length, 2);
  for (const part of ['messages', 'export?format=json', 'export?format=markdown']) {
    const headers = { authorization: `Bearer ${kernel.token}` };
    const response = await fetch(`${kernel.url}${path}/${part}`, { headers });
    t.equal(response.status, 200, part);
    t.equal(leakIn(await response.text()), undefined, part);
  }
}

/** Everything that can be asked for, over HTTP and on the command line. */
async function checkAnswers(t: Test, kernel: KernelProcess, home: KernelHome): Promise<void> {
  const headers = { authorization: `Bearer ${kernel.token}` };
  const paths = [
    'plugins',
    'plugins/keeper',
    'plugins/keeper/logs',
    'plugins/keeper/health',
    'plugins/keeper/settings',
  ]
    .concat([
      'tools',
      'runs',
      'settings',
      'settings/audit',
      'settings/plugin.keeper.TOKEN',
      'doctor',
      'openapi.json',
    ])
    .map((path) => `/api/${path}`);
  for (const path of [...paths, '/metrics', '/readyz']) {
    const response = await fetch(`${kernel.url}${path}`, { headers });
    t.equal(response.status, 200, path);
    t.equal(leakIn(await response.text()), undefined, path);
  }
  const body = JSON.stringify({ passphrase: 'correct horse battery' });
  for (const given of ['{}', body]) {
    const post = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: given };
    const exported = await fetch(`${kernel.url}/api/settings/export`, post);
    t.equal(leakIn(await exported.text()), undefined, 'an export');
  }
  for (const words of [
    'plugins',
    'runs --json',
    'doctor',
    'plugin logs keeper',
    'plugin health keeper',
    'settings',
  ]) {
    const { stdout, stderr } = await runNexus([...words.split(' '), '--data', home.data]);
    t.equal(leakIn(stdout + stderr), undefined, words);
  }
  const logs = await runNexus(['plugin', 'logs', 'keeper', '--data', home.data]);
  t.match(logs.stdout, /my token is \[secret plugin\.keeper\.TOKEN\]/, 'it was said, and left out');
}

/** Makes the database of a stopped kernel a copy of itself, as every migration does. */
function backUp({ data }: KernelHome): void {
  const known = [toolLists, settingsTables, approvals, access, timelineHeads, acceptedHeads];
  const next = { version: known.length + 1, name: 'next', sql: 'CREATE TABLE next (a TEXT) STRICT' };
  const { db } = openDatabase({
    file: join(data, 'kernel.db'),
    migrations: [...known, next],
    backupDir: join(data, 'backups'),
    clock: systemClock,
    synchronous: 'NORMAL',
  });
  db.close();
}

await t.test(
  'a secret is nowhere in clear outside the process that declares it',
  { timeout: 120_000 },
  async (t) => {
    await using home = await openHome();
    {
      await using kernel = await startKernel(home);
      await tellSecret(home);
      await useSecret(t, kernel);
      await converse(t, kernel);
      await keepSecret(t, kernel, secret);
      const held = holders();
      t.same(held.cmdline, []);
      const [pid] = held.environ;
      t.equal(held.environ.length, 1, 'one process has it, and the search finds it there');
      t.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), server, 'the one that declares it');
      await checkAnswers(t, kernel, home);
      checkFiles(t, home.data);
      t.match(await runNexus(['settings', 'rotate-key', '--data', home.data]), { code: 0 });
      t.equal(leakIn(kernel.log()), undefined);
      checkFiles(t, home.root);
    }
    checkFiles(t, home.root);
    backUp(home);
    t.ok(readdirSync(join(home.data, 'backups')).length > 0);
    checkFiles(t, join(home.data, 'backups'));
  },
);

await t.test('a kernel that crashes tells nothing of it either', { timeout: 120_000 }, async (t) => {
  await using home = await openHome();
  const reports = join(home.root, 'reports');
  mkdirSync(reports);
  const crashing = [
    '--import',
    crashOnSignal,
    '--report-uncaught-exception',
    `--report-directory=${reports}`,
  ];
  await using kernel = await startKernel(home, [], crashing);
  await tellSecret(home);
  await useSecret(t, kernel);
  process.kill(kernel.pid, 'SIGUSR2');
  await kernel.ended;
  t.match(kernel.log(), /made to crash/);
  t.equal(leakIn(kernel.log()), undefined, 'crash output');
  t.equal(readdirSync(reports).length, 1);
  checkFiles(t, home.root);
});

await t.test(
  'the last words of a plugin that cannot start are shown without it',
  { timeout: 60_000 },
  async (t) => {
    await using home = await openHome();
    await home.writeManifest('keeper', { ...command(['--refuse']), settings: { TOKEN: token } });
    await using kernel = await startKernel(home);
    await tellSecret(home);
    const api = apiOf(kernel);
    const statusOf = async () => (await api.get('/api/plugins/keeper', pluginDetailSchema)).status;
    let status = await statusOf();
    for (let look = 0; look < 200 && status.state !== 'error'; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      status = await statusOf();
    }
    t.match(status.reason, /\[secret plugin\.keeper\.TOKEN\]/);
    t.equal(leakIn(JSON.stringify(status)), undefined);
  },
);
