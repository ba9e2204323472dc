import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { openHost, textOf, type HostStage, type ManifestDraft } from '../fixtures/host-stage.ts';

const fixture = fileURLToPath(new URL('../fixtures/eras-plugin', import.meta.url));

/** A plugin whose code is a copy of its own, which the test may change. */
async function openWithCode(t: Test, draft: ManifestDraft = {}): Promise<CodeStage> {
  const stage = await openHost(t, {});
  const dir = join(stage.root, 'code');
  cpSync(fixture, dir, { recursive: true });
  // A folder without a package.json would be one with whatever lies beside it.
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  const source = { command: 'node', args: [join(dir, 'server.mjs')], env: { LABEL: 'p' } };
  const put = (more: ManifestDraft = {}): void => stage.put('p', { source, ...draft, ...more });
  put();
  await stage.host.listed(15_000);
  const server = join(dir, 'server.mjs');
  const original = readFileSync(server, 'utf8');
  const say = (word: string): string =>
    original.replace("name: label, version: '1.0.0'", `name: label, version: '${word}'`);
  return { ...stage, dir, server, put: (_name, more) => put(more), say };
}

interface CodeStage extends HostStage {
  readonly dir: string;
  readonly server: string;
  /** The server's text, which gives itself this version. */
  readonly say: (word: string) => string;
}

const versionOf = ({ host }: HostStage): unknown => host.view('p')?.listing?.serverInfo['version'];

await t.test(
  'a change of the code is in force without a call; calls in flight end where they began',
  async (t) => {
    const stage = await openWithCode(t);
    const held = stage.call('p', 'hold', { until: 'go' });
    writeFileSync(stage.server, stage.say('2'));
    await stage.until(() => versionOf(stage) === '2');
    t.equal(stage.status('p').pending, null);
    t.equal(textOf(await stage.call('p', 'echo')), '{}');
    t.equal(stage.status('p').restarts, 0, 'a swap is no restart');
    stage.release('go');
    t.equal(textOf(await held), 'go');
  },
);

await t.test('a change that does not start is not in force, and the next one that does is', async (t) => {
  const stage = await openWithCode(t, { limits: { startMs: 700 } });
  for (const [name, text] of Object.entries({
    'syntax error': 'const = ;',
    'crash at start': 'console.error("no database"); process.exit(3);',
    'wrong protocol': 'console.log("HTTP/1.1 200 OK"); setInterval(() => {}, 1000);',
    'hang at start': 'setInterval(() => {}, 1000);',
  })) {
    writeFileSync(stage.server, text);
    await stage.until(() => stage.status('p').pending?.kind === 'failed');
    t.match(stage.status('p'), { state: 'active', pending: { reason: /\w/, nextStep: /\w|^$/ } }, name);
    t.equal(textOf(await stage.call('p', 'echo')), '{}', `${name}: the old one serves on`);
    writeFileSync(stage.server, stage.say(name));
    await stage.until(() => versionOf(stage) === name);
    t.equal(stage.status('p').pending, null);
  }
});

await t.test('undoing a bad change makes it as it was, without a swap', async (t) => {
  const stage = await openWithCode(t);
  const starts = stage.starts('p').length;
  const good = readFileSync(stage.server, 'utf8');
  writeFileSync(stage.server, 'throw new Error("no");');
  await stage.until(() => stage.status('p').pending?.kind === 'failed');
  writeFileSync(stage.server, good);
  await stage.until(() => stage.status('p').pending === null);
  t.equal(stage.starts('p').length, starts);
});

await t.test('a deleted folder and its return', async (t) => {
  const stage = await openWithCode(t);
  const aside = `${stage.dir}.aside`;
  renameSync(stage.dir, aside);
  await stage.until(() => stage.status('p').pending?.kind === 'failed');
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  cpSync(aside, stage.dir, { recursive: true });
  writeFileSync(stage.server, stage.say('back'));
  await stage.until(() => versionOf(stage) === 'back');
  rmSync(aside, { recursive: true });
});

await t.test(
  'files that come later, or after a change of the manifest, end the error by themselves',
  async (t) => {
    const stage = await openHost(t, {});
    const dir = join(stage.root, 'elsewhere', 'code');
    const put = (script: string, more: ManifestDraft = {}): void => {
      stage.put('p', {
        source: { command: 'node', args: [join(dir, script)], env: { LABEL: 'p' } },
        ...more,
      });
    };
    const nextStep =
      /^It is tried again when its manifest or its files change; or run "nexus plugin restart p"$/;
    for (const start of ['lazy', 'eager']) {
      put('server.mjs', { start });
      await stage.host.listed(15_000);
      t.match(stage.status('p'), { state: 'error', reason: /names no file/, nextStep });
      cpSync(fixture, dir, { recursive: true });
      writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
      await stage.until(() => versionOf(stage) !== undefined);
      t.equal(textOf(await stage.call('p', 'echo')), '{}', start);
      put('other.mjs', { start });
      await stage.until(() => stage.status('p').pending?.kind === 'failed');
      cpSync(join(dir, 'server.mjs'), join(dir, 'other.mjs'));
      await stage.until(() => stage.status('p').pending === null);
      stage.host.follow([{ kind: 'removed', name: 'p' }]);
      rmSync(dir, { recursive: true });
    }
  },
);

await t.test('ten edits in a row are one swap', async (t) => {
  const stage = await openWithCode(t);
  const starts = stage.starts('p').length;
  for (let edit = 1; edit <= 10; edit++) {
    writeFileSync(stage.server, stage.say(String(edit)));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await stage.until(() => versionOf(stage) === '10');
  t.equal(stage.starts('p').length, starts + 1);
});

await t.test('a manifest that is broken leaves the old one in force', async (t) => {
  const stage = await openWithCode(t);
  const { NexusError } = await import('../../runtime/base/errors.ts');
  const error = new NexusError('MANIFEST_INVALID', {
    file: 'p.json',
    key: 'x',
    problem: 'is no key',
    todo: 'Delete it',
  });
  stage.host.follow([{ kind: 'changed', name: 'p', entry: { ok: false, name: 'p', file: 'p.json', error } }]);
  t.match(stage.status('p'), {
    state: 'active',
    pending: { kind: 'failed', reason: /MANIFEST_INVALID/, nextStep: 'Correct p.json' },
  });
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  stage.put('p', {});
  await stage.host.listed(15_000);
  t.equal(stage.status('p').pending, null);
});

await t.test('who loses a right does not go on with it when the new version fails', async (t) => {
  const stage = await openWithCode(t);
  const [pid] = stage.starts('p');
  writeFileSync(join(stage.workspace, 'p.start'), 'crash');
  stage.put('p', { permissions: { fs: { read: ['${workspace}'] } } });
  await stage.host.listed(15_000);
  t.match(stage.status('p'), { state: 'error', pending: null });
  for (let look = 0; look < 200 && isAlive(Number(pid)); look++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.notOk(isAlive(Number(pid)));
});

await t.test('a change that gives up nothing and fails leaves the old one its rights', async (t) => {
  const stage = await openWithCode(t);
  writeFileSync(join(stage.workspace, 'p.start'), 'crash');
  stage.put('p', { limits: { memoryMb: 500 } });
  await stage.host.listed(15_000);
  t.match(stage.status('p'), { state: 'active', pending: { kind: 'failed' } });
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});

await t.test('a skill and a description change no process', async (t) => {
  let prepared = 0;
  const stage = await openHost(
    t,
    {},
    {
      prepare:
        (real) =>
        async (...asked) => {
          const source = await real(...asked);
          prepared++;
          return source;
        },
    },
  );
  const dir = join(stage.root, 'plugins', 'p');
  cpSync(fixture, dir, { recursive: true });
  mkdirSync(join(dir, 'skills', 'one'), { recursive: true });
  const describe = (description: string): void =>
    writeFileSync(
      join(dir, 'plugin.json'),
      JSON.stringify({
        $schema: 'https://agent-plugins.org/schemas/1.0.0/plugin.schema.json',
        name: 'p',
        description,
      }),
    );
  describe('before');
  const server = { type: 'stdio', command: 'node', args: ['${PLUGIN_ROOT}/server.mjs'], env: { LABEL: 'p' } };
  writeFileSync(
    join(dir, 'mcp.json'),
    JSON.stringify({
      $schema: 'https://agent-plugins.org/schemas/1.0.0/mcp.schema.json',
      mcpServers: { p: server },
    }),
  );
  stage.put('p', { source: { plugin: 'p' } });
  await stage.host.listed(15_000);
  t.equal(stage.status('p').state, 'active');
  stage.events.length = 0;
  const before = prepared;
  for (let look = 0; look < 500 && prepared < before + 2; look++) {
    describe(`after ${look}`);
    writeFileSync(join(dir, 'skills', 'one', 'SKILL.md'), `# ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stage.host.listed(15_000);
  t.ok(prepared >= before + 2, 'the edits were noticed');
  t.equal(stage.starts('p').length, 1);
  t.same(stage.events, [], 'and nobody hears of anything');
});

await t.test('reload swaps although nothing has changed', async (t) => {
  const stage = await openWithCode(t);
  const starts = stage.starts('p').length;
  stage.host.reload('p');
  await stage.host.listed(15_000);
  t.equal(stage.starts('p').length, starts + 1);
  t.throws(() => stage.host.reload('nobody'), { code: 'PLUGIN_UNKNOWN' });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

await t.test('a call waits for the first listing of the plugin it names, not for others', async (t) => {
  const stage = await openHost(t, { old: {} });
  writeFileSync(join(stage.workspace, 'hangs.start'), 'hang');
  stage.put('hangs', {});
  stage.put('new', { prefix: 'n' });
  stage.put('late', {});
  t.equal(stage.host.view('new')?.listing, null);
  await stage.host.listedFor('n__echo');
  t.not(stage.host.view('new')?.listing, null);
  await stage.host.listedFor('late.echo');
  t.not(stage.host.view('late')?.listing, null);
  t.equal(stage.host.view('hangs')?.listing, null, 'which is still being started');
});
