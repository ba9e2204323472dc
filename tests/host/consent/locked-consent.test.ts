import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../runtime/base/clock.ts';
import type { ConsentSubject } from '../../../runtime/contract/consent.ts';
import { manifestSchema, type Manifest } from '../../../runtime/contract/manifest.ts';
import type { PreparedSource } from '../../../runtime/contract/plugin-package.ts';
import type { JsonObject, PluginListing } from '../../../runtime/contract/plugins.ts';
import { operatorScope } from '../../../runtime/contract/scope.ts';
import { lockFileName } from '../../../runtime/host/consent/lock-file.ts';
import { LockedConsent } from '../../../runtime/host/consent/locked-consent.ts';
import type { Store } from '../../../runtime/store/open.ts';
import { openTestStore } from '../../fixtures/store-stage.ts';

const scope = operatorScope('test');
/** What was recorded in this turn is committed at its end. */
const committed = () => new Promise(setImmediate);
const hash = (digit: string): string => digit.repeat(64);

function manifestOf(draft: object = {}): Manifest {
  const file = manifestSchema.parse({ source: { command: './server' }, ...draft });
  return { ...file, name: 'p', prefix: 'p' };
}

function process(contentHash = hash('a'), args: readonly string[] = []): PreparedSource {
  const command = { command: '/x', args, cwd: '/', env: {}, packageDirs: [] };
  const hashContent = () => Promise.resolve(contentHash);
  const code = { artifactHash: hash('0'), listingKey: hash('0'), contentHash, hashContent, code: [] };
  return { kind: 'process', ...command, ...code, warnings: [] };
}

function listing(...tools: readonly JsonObject[]): PluginListing {
  const none = { prompts: [], resources: [], resourceTemplates: [] };
  return { era: 'modern', serverInfo: {}, capabilities: {}, instructions: null, tools, ...none };
}

const read = { name: 'read', description: 'Reads.' };
const send = { name: 'send', description: 'Sends.' };

function open(t: Test, store: Store, dir: string) {
  let subject: ConsentSubject | undefined;
  const problems: string[] = [];
  const changed: (readonly string[] | 'all')[] = [];
  const consent = new LockedConsent({
    manifestsDir: dir,
    log: store.approvals,
    clock: systemClock,
    places: () => ({ manifestsDir: dir, workspaceDir: '/w', pluginDataDir: '/d' }),
    subject: () => subject,
    manifest: () => undefined,
    onProblem: (text) => problems.push(text),
  });
  t.teardown(consent.onChange((plugins) => changed.push(plugins)));
  return {
    consent,
    problems,
    changed,
    file: join(dir, lockFileName),
    /** The plugin as the host would have it now; what is held of it, as the consent says. */
    meets: (manifest: Manifest, source: PreparedSource, tools?: PluginListing) => {
      subject = { manifest, source, listing: tools ?? null, tier: null };
      const hold = consent.beforeStart(manifest, source);
      const held = tools === undefined ? new Map() : consent.beforeUse(manifest, source, tools);
      return { start: hold?.changes.map(({ kind }) => kind) ?? [], tools: [...held.keys()] };
    },
  };
}

async function stage(t: Test) {
  const dir = t.testdir({ manifests: {} });
  const store = await openTestStore(t, join(dir, 'data'));
  return { store, dir: join(dir, 'manifests'), ...open(t, store, join(dir, 'manifests')) };
}

await t.test(
  'what the operator wrote is pinned when it is seen first; then everything else waits',
  async (t) => {
    const { consent, meets, store, dir } = await stage(t);
    const manifest = manifestOf();
    t.same(meets(manifest, process(), listing(read)), { start: [], tools: [] });
    t.match(consent.state('p'), { state: 'approved', changes: 'ask', held: [], approvedBy: 'operator' });
    t.same(meets(manifest, process(hash('b'))).start, ['artifact']);
    t.same(meets(manifestOf({ source: { command: './other' } }), process(hash('b'))).start, ['source']);
    t.same(meets(manifestOf({ permissions: { net: ['a.org:443'] } }), process()).start, ['permission']);
    t.same(meets(manifestOf({ limits: { pids: 65 } }), process()).start, ['limit']);
    t.same(meets(manifest, process(), listing({ ...read, description: 'Sends.' })).tools, ['read']);
    t.same(meets(manifest, process(), listing(send, read)).tools, ['send']);
    t.same(
      meets(manifest, process(), listing(read, { ...read, title: 'x' })).tools,
      ['read'],
      'listed twice',
    );
    t.same(meets(manifest, process(), listing()), { start: [], tools: [] }, 'less needs nobody');
    const again = open(t, store, dir);
    t.same(again.meets(manifest, process(hash('b'))).start, ['artifact'], 'a later kernel knows it too');
  },
);

await t.test('an approval pins exactly what was held, and is on record', async (t) => {
  const { consent, meets, changed } = await stage(t);
  meets(manifestOf(), process(), listing(read));
  const wider = manifestOf({ permissions: { net: ['a.org:443'] } });
  t.same(meets(wider, process(hash('b'))).start, ['artifact', 'permission']);
  changed.length = 0;
  await consent.approve(operatorScope('cli'), 'p', {});
  t.same(changed, [['p']]);
  t.same(meets(wider, process(hash('b')), listing(read)), { start: [], tools: [] });
  t.same(
    meets(wider, process(hash('a'))).start,
    ['artifact'],
    'the code of before is not agreed to any more',
  );
  const [last, ...earlier] = consent.approvals(scope, 'p');
  t.match(last, { plugin: 'p', user: 'operator', actor: 'cli', what: [/code/, /connect to a\.org:443/] });
  t.equal(earlier.length, 2, 'so is what was pinned without asking');
  meets(wider, process(hash('b')), listing(read));
  await t.rejects(consent.approve(scope, 'p', {}), { code: 'PLUGIN_NOT_HELD' });
  await t.rejects(consent.approve(scope, 'nobody', {}), { code: 'PLUGIN_NOT_HELD' });
});

await t.test('tools, one by one or all; the diff is against the text that was agreed to', async (t) => {
  const { consent, meets } = await stage(t);
  const [manifest, source] = [manifestOf(), process()];
  meets(manifest, source, listing(read));
  await committed();
  const changedRead = { ...read, description: 'Reads. And sends.' };
  meets(manifest, source, listing(changedRead, send));
  const { held, seen } = consent.state('p');
  t.match(held, [
    {
      kind: 'tool-changed',
      subject: 'read',
      before: /Reads\./,
      after: /And sends\./,
      diff: /\+ {2}And sends\./,
    },
    { kind: 'tool-added', subject: 'send', before: null, after: /Sends\./ },
  ]);
  await t.rejects(consent.approve(scope, 'p', { tools: ['raed'] }), {
    code: 'TOOL_NOT_HELD',
    message: /read, send/,
  });
  await consent.approve(scope, 'p', { tools: ['read'] });
  t.same(meets(manifest, source, listing(changedRead, send)).tools, ['send']);
  await t.rejects(consent.approve(scope, 'p', { seen }), { code: 'CONSENT_STALE' });
  await consent.approve(scope, 'p', { seen: consent.state('p').seen });
  t.same(meets(manifest, source, listing(changedRead, send)).tools, []);
  t.same(meets(manifest, source, listing(read)).tools, ['read'], 'nor is the definition of before');
});

await t.test('what changes between the look and the approval is not agreed to', async (t) => {
  const { consent, meets } = await stage(t);
  const [manifest, source] = [manifestOf(), process()];
  meets(manifest, source, listing(read));
  meets(manifest, source, listing({ ...read, description: 'Harmless.' }));
  const { seen } = consent.state('p');
  meets(manifest, source, listing({ ...read, description: 'Evil.' }));
  await t.rejects(consent.approve(scope, 'p', { seen }), { code: 'CONSENT_STALE' });
  meets(manifest, process(hash('b')));
  const code = consent.state('p').seen;
  meets(manifest, process(hash('c')));
  await t.rejects(consent.approve(scope, 'p', { seen: code }), { code: 'CONSENT_STALE' });
});

await t.test('an imported plugin waits before anything of it runs', async (t) => {
  const { consent, meets } = await stage(t);
  const manifest = manifestOf({ source: { command: 'npx', args: ['-y', 'pkg@1.0.0'] } });
  consent.requireApproval('p', { command: './server' });
  t.same(meets(manifest, process()).start, ['first-run']);
  t.same(meets(manifest, process(), listing(read)).tools, ['read']);
  t.match(consent.state('p'), {
    state: 'waiting',
    source: 'npx -y pkg@1.0.0',
    permissions: [{ about: 'Files' }, { about: 'Network', allowed: 'none' }],
    risk: { score: 1 },
    held: [{ after: /command: npx\nargs: -y\nargs: pkg@1\.0\.0|Network: none/ }],
  });
  await t.rejects(consent.approve(scope, 'p', { tools: ['read'] }), { code: 'TOOL_NOT_HELD' });
  await consent.approve(scope, 'p', {});
  t.same(meets(manifest, process(), listing(read)), { start: [], tools: [] });
  t.match(consent.state('p'), { state: 'approved', changes: 'ask' });
});

await t.test('own code is followed, what it is granted is not', async (t) => {
  const { consent, meets, file } = await stage(t);
  const own = (draft: object = {}) => manifestOf({ source: { command: 'node', args: ['s.mjs'] }, ...draft });
  const node = (digit: string): PreparedSource => process(hash(digit), ['/home/me/s.mjs']);
  t.same(meets(own(), node('a'), listing(read)), { start: [], tools: [] });
  t.equal(consent.state('p').changes, 'follow');
  const written = readFileSync(file, 'utf8');
  t.same(meets(own(), node('b'), listing({ ...read, title: 'x' }, send)), { start: [], tools: [] });
  const args = own({ source: { command: 'node', args: ['--flag', 's.mjs'] } });
  t.same(meets(args, process(hash('c'), ['--flag', '/home/me/s.mjs'])).start, []);
  t.equal(readFileSync(file, 'utf8'), written, 'an edit does not touch the lock');
  t.same(meets(own({ permissions: { env: ['TOKEN'] } }), node('b')).start, ['permission']);
  t.same(meets(own({ limits: { memoryMb: 1_024 } }), node('b')).start, ['limit']);
  const npx = manifestOf({ source: { command: 'npx', args: ['evil@1.0.0'] } });
  t.same(meets(npx, process(hash('d'))).start, ['source'], 'a package is not own code');

  meets(own(), node('b'), listing(read));
  await consent.approve(scope, 'p', { changes: 'ask' });
  t.same(meets(own(), node('b'), listing(read)), { start: [], tools: [] });
  t.same(meets(own(), node('c')).start, ['artifact']);
  t.same(meets(own(), node('b'), listing(send)).tools, ['send']);
  await consent.approve(scope, 'p', { changes: 'follow' });
  t.same(meets(own(), node('c'), listing(send)), { start: [], tools: [] });
});

await t.test('a broken lock file: nothing starts, nothing is pinned, what runs goes on', async (t) => {
  const { consent, meets, file, problems, changed, store, dir } = await stage(t);
  const manifest = manifestOf();
  meets(manifest, process(), listing(read));
  const good = readFileSync(file, 'utf8');
  await committed();
  writeFileSync(file, '{');
  consent.look();
  consent.look();
  t.match(problems, [/^LOCK_INVALID.*nothing new is started/]);
  t.equal(problems.length, 1, 'told once');
  t.same(meets(manifest, process()).start, ['lock']);
  t.same(meets(manifest, process(), listing(read, send)).tools, ['send'], 'as it was agreed to before');
  t.match(consent.state('p'), {
    state: 'unknown',
    held: [{ kind: 'lock', text: /Correct it, or restore it/ }],
  });
  await t.rejects(consent.approve(scope, 'p', {}), { code: 'LOCK_INVALID' });
  t.throws(() => consent.requireApproval('q', {}), { code: 'LOCK_INVALID' });
  const cold = open(t, store, dir);
  t.same(cold.meets(manifest, process(), listing(read)), { start: ['lock'], tools: ['read'] });
  t.equal(readFileSync(file, 'utf8'), '{', 'nobody wrote over it');
  changed.length = 0;
  writeFileSync(file, good);
  consent.look();
  t.same(changed, ['all'], 'corrected, everything is looked at again');
  t.same(meets(manifest, process(), listing(read)), { start: [], tools: [] });

  rmSync(file);
  t.same(meets(manifest, process()).start, ['lock'], 'gone is not new');
  t.same(open(t, store, dir).meets(manifest, process()).start, ['lock'], 'for a later kernel neither');
});

await t.test('edits by hand are told of; forgotten is new again', async (t) => {
  const { consent, meets, file, changed } = await stage(t);
  meets(manifestOf(), process(), listing(read));
  changed.length = 0;
  consent.look();
  t.same(changed, [], 'what it wrote itself is no news');
  writeFileSync(file, readFileSync(file, 'utf8').replace(hash('a'), hash('b')));
  consent.look();
  t.same(changed, [['p']]);
  t.same(meets(manifestOf(), process(hash('b'))).start, []);
  consent.forget('p');
  consent.forget('p');
  t.equal(consent.state('p').state, 'new');
  t.same(meets(manifestOf(), process(hash('c'))).start, []);
});

await t.test('a lock file that cannot be written keeps what is new from starting', async (t) => {
  const { consent, problems, meets, dir } = await stage(t);
  rmSync(dir, { recursive: true });
  t.same(meets(manifestOf(), process()).start, ['lock']);
  t.match(problems, [/^LOCK_UNWRITABLE/]);
  t.equal(consent.state('p').state, 'new');
});
