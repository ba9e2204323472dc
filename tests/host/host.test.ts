import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import { draftManifest, openHost, textOf, type HostStage } from '../fixtures/host-stage.ts';
import { turn } from '../fixtures/plugin-side.ts';

const broken = new NexusError('MANIFEST_INVALID', {
  file: 'b.json',
  key: 'limits',
  problem: 'is a word',
  todo: 'Write numbers',
});

function adoptBroken({ host }: HostStage, name: string): void {
  host.follow([{ kind: 'added', name, entry: { ok: false, name, file: `${name}.json`, error: broken } }]);
}

await t.test('every manifest has a status, in order; only enabled plugins have a view', async (t) => {
  const stage = await openHost(t, { z: {}, off: { enabled: false }, a: { env: { ERA: 'modern' } } });
  adoptBroken(stage, 'bad');
  t.same(
    stage.host.statuses().map(({ name, state, enabled }) => [name, state, enabled]),
    [
      ['a', 'active', true],
      ['bad', 'error', false],
      ['off', 'disabled', false],
      ['z', 'active', true],
    ],
  );
  t.same(
    stage.host.views().map(({ name }) => name),
    ['a', 'z'],
  );
  t.match(stage.status('bad'), { reason: /MANIFEST_INVALID: b.json: limits/, nextStep: 'Correct bad.json' });
  t.match(stage.status('off'), { nextStep: 'Run "nexus plugin enable off"', pid: null });
  t.match(stage.status('z'), { source: /^node .*server\.mjs$/, mechanism: 'process', warnings: [] });
  t.equal(stage.host.view('off'), undefined);
  t.equal(stage.host.status('nobody'), undefined);
  t.same(stage.host.stderr('nobody'), []);
});

await t.test('a call that cannot be made says why and what to do', async (t) => {
  const stage = await openHost(t, { off: { enabled: false } });
  adoptBroken(stage, 'bad');
  const expected = {
    nobody: { code: 'PLUGIN_UNKNOWN', data: { plugin: 'nobody' } },
    bad: { code: 'MANIFEST_INVALID' },
    off: { code: 'PLUGIN_UNAVAILABLE', message: /is disabled.*nexus plugin enable off/ },
  };
  for (const [plugin, error] of Object.entries(expected)) {
    await t.rejects(stage.call(plugin, 'echo'), error, `call ${plugin}`);
    await t.rejects(stage.host.subscribe(plugin, 'a:b'), error, `subscribe ${plugin}`);
    await t.rejects(stage.host.restart(plugin), error, `restart ${plugin}`);
  }
});

await t.test('one bad plugin disturbs nobody', async (t) => {
  const stage = await openHost(t, {
    missing: { source: { command: 'no-such-program-anywhere' } },
    silent: { source: { command: 'node', args: ['-e', 'process.exit(5)'] } },
    good: {},
  });
  adoptBroken(stage, 'bad');
  t.match(stage.status('missing'), { state: 'error', reason: /^COMMAND_MISSING/ });
  t.match(stage.status('silent'), { state: 'error', reason: /exit code 5/ });
  t.equal(textOf(await stage.call('good', 'echo')), '{}');
  await t.rejects(stage.call('missing', 'echo'), { code: 'COMMAND_MISSING' });
});

await t.test('a manifest edit replaces the plugin; calls of the old one finish', async (t) => {
  const stage = await openHost(t, { p: { limits: { concurrency: 1 } } });
  const [old] = stage.starts('p');
  const held = stage.call('p', 'hold', { until: 'go' });
  const queued = stage.call('p', 'hold', { until: 'go' });
  await turn();
  stage.put('p', { limits: { concurrency: 1 }, env: { EDITED: '1' }, tools: { echo: { enabled: false } } });
  t.equal(stage.host.view('p')?.manifest.tools['echo']?.enabled, false, 'policy is in force at once');
  await stage.host.listed(10_000);
  t.equal(textOf(await stage.call('p', 'echo')), '{}', 'the new one answers while the old one still works');
  t.equal(stage.starts('p').length, 2);
  t.equal(stage.status('p').inFlight, 0, 'what is shown is the new one');
  t.doesNotThrow(() => process.kill(Number(old), 0), 'the old one is alive');
  stage.release('go');
  t.equal(textOf(await held), 'go');
  t.equal(textOf(await queued), 'go', 'what had waited for the old one too');
  t.equal(stage.host.view('p')?.manifest.tools['echo']?.enabled, false);
  await stage.close();
  t.throws(() => process.kill(Number(old), 0), { code: 'ESRCH' });
});

await t.test('ten edits in a row leave one process: the last', async (t) => {
  const stage = await openHost(t, { p: {} });
  for (let edit = 0; edit < 10; edit++) stage.put('p', { env: { EDIT: String(edit) } });
  await stage.host.listed(10_000);
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
  const alive = (): number => stage.starts('p').filter((pid) => isAlive(Number(pid))).length;
  for (let look = 0; look < 100 && alive() > 1; look++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(alive(), 1);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

await t.test('a removed plugin is gone at once for new calls, its calls in flight finish', async (t) => {
  const stage = await openHost(t, { p: {} });
  const held = stage.call('p', 'hold', { until: 'go' });
  await turn();
  stage.events.length = 0;
  stage.host.follow([{ kind: 'removed', name: 'p' }]);
  t.same(stage.events, [
    { kind: 'listing', plugin: 'p' },
    { kind: 'status', plugin: 'p' },
  ]);
  t.equal(stage.host.view('p'), undefined);
  t.same(stage.host.statuses(), []);
  await t.rejects(stage.call('p', 'echo'), { code: 'PLUGIN_UNKNOWN' });
  stage.release('go');
  t.equal(textOf(await held), 'go');
  stage.host.follow([{ kind: 'removed', name: 'p' }]);
});

await t.test('disabling stops the process, enabling lists it again', async (t) => {
  const stage = await openHost(t, { p: {} });
  const [pid] = stage.starts('p');
  stage.put('p', { enabled: false });
  t.match(stage.status('p'), { state: 'disabled', pid: null });
  for (let look = 0; look < 100 && isAlive(Number(pid)); look++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  t.notOk(isAlive(Number(pid)));
  stage.put('p', {});
  await stage.host.listed(10_000);
  t.equal(textOf(await stage.call('p', 'echo')), '{}');
});

await t.test('nothing is prepared or started before begin()', async (t) => {
  const stage = await openHost(t, {});
  await stage.close();
  const prepared: string[] = [];
  const { Host } = await import('../../runtime/host/host.ts');
  const host = new Host({
    isFirstParty: () => false,
    sandbox: () => Promise.reject(new Error('never')),
    clock: { now: () => 0 },
    cache: stage.store.toolLists,
    consent: stage.consent,
    places: () => ({ manifestsDir: '/m', workspaceDir: '/w', pluginDataDir: '/d' }),
    prepare: (manifest) => {
      prepared.push(manifest.name);
      return Promise.reject(new Error('not today'));
    },
    codeOf: () => [],
    onLog: () => {},
  });
  host.adopt([{ ok: true, name: 'p', file: 'p.json', manifest: draftManifest('p') }]);
  await turn();
  t.same(prepared, []);
  const listed = host.listed(10_000);
  host.begin();
  await listed;
  t.same(prepared, ['p']);
  await host[Symbol.asyncDispose]();
});

await t.test('listed() waits no longer than it is told', async (t) => {
  const stage = await openHost(t, {});
  writeFileSync(join(stage.workspace, 'slow.start'), 'hang');
  stage.put('slow', {});
  stage.put('good', {});
  await stage.until(() => stage.status('good').state === 'active');
  const startedMs = performance.now();
  await stage.host.listed(50);
  t.ok(performance.now() - startedMs < 5_000);
  t.equal(stage.status('slow').state, 'starting');
});

await t.test(
  'the end of the host: calls are ended, starting and draining plugins too, nothing is left',
  async (t) => {
    const stage = await openHost(t, { busy: {}, drained: {}, idle: { idleStopMs: 5 }, crashing: {} });
    writeFileSync(join(stage.workspace, 'hung.start'), 'hang');
    stage.put('hung', {});
    await stage.until(() => stage.status('hung').state === 'starting');
    const calls = ['busy', 'drained', 'hung'].map((plugin) => stage.call(plugin, 'hold', { until: 'never' }));
    const crash = stage.call('crashing', 'crash', { words: 'x' }).catch(() => {});
    await turn();
    stage.host.follow([{ kind: 'removed', name: 'drained' }]);
    const outcomes = Promise.allSettled(calls);
    const startedMs = performance.now();
    await stage.close();
    t.ok(performance.now() - startedMs < 8_000, 'it does not wait for what never ends');
    for (const outcome of await outcomes) {
      t.match(outcome, { status: 'rejected', reason: { code: /^PLUGIN_(?:UNAVAILABLE|CRASHED)$/ } });
    }
    await crash;
    await t.rejects(stage.call('busy', 'echo'), { code: 'PLUGIN_UNKNOWN' });
    await stage.host[Symbol.asyncDispose]();
  },
);

await t.test('the end of the host while a source is being prepared waits for that', async (t) => {
  let isOver = false;
  const stage = await openHost(
    t,
    {},
    {
      prepare: () => async (_manifest, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        await turn(20);
        isOver = true;
        throw new Error('stopped in the middle');
      },
    },
  );
  stage.put('p', {});
  await turn();
  await stage.close();
  t.ok(isOver, 'nothing of it comes after the end');
});

await t.test('a listener hears until it stops listening', async (t) => {
  const stage = await openHost(t, { p: {} });
  const heard: string[] = [];
  const stop = stage.host.onEvent(({ kind }) => heard.push(kind));
  await stage.call('p', 'crash', { words: 'x' }).catch(() => {});
  t.ok(heard.includes('status'));
  stop();
  const before = heard.length;
  await stage.call('p', 'echo');
  t.equal(heard.length, before);
});

await t.test('a subscription keeps a plugin from idling and its updates come through', async (t) => {
  for (const ERA of ['legacy', 'modern']) {
    const stage = await openHost(t, { p: { idleStopMs: 40, env: { ERA } } });
    const release = await stage.host.subscribe('p', 'fixture://p/static');
    const again = await stage.host.subscribe('p', 'fixture://p/static');
    await new Promise((resolve) => setTimeout(resolve, 120));
    t.equal(stage.status('p').state, 'active', ERA);
    await stage.call('p', 'touch', { uri: 'fixture://p/static' });
    await stage.until(() => stage.events.some(({ kind }) => kind === 'resource-updated'));
    t.match(
      stage.events.find(({ kind }) => kind === 'resource-updated'),
      { plugin: 'p', params: { uri: 'fixture://p/static' } },
    );
    await release();
    await release();
    await stage.call('p', 'echo');
    await new Promise((resolve) => setTimeout(resolve, 120));
    t.equal(stage.status('p').state, 'active', 'one holder is left: to release twice is harmless');
    await again();
    await stage.until(() => stage.status('p').state === 'stopped');
  }
});

await t.test('a subscription outlives the process and the manifest: crash, edit, restart', async (t) => {
  for (const ERA of ['legacy', 'modern']) {
    const stage = await openHost(t, { p: { env: { ERA }, idleStopMs: 20 } });
    const release = await stage.host.subscribe('p', 'fixture://p/static');
    const isTold = async (why: string): Promise<void> => {
      stage.events.length = 0;
      await stage.call('p', 'touch', { uri: 'fixture://p/static' });
      await stage.until(() => stage.events.some(({ kind }) => kind === 'resource-updated'));
      t.pass(`${ERA}: ${why}`);
    };
    const starts = stage.starts('p').length;
    await stage.call('p', 'crash', { words: 'x' }).catch(() => {});
    await stage.until(() => stage.status('p').state === 'active' && stage.starts('p').length > starts);
    await isTold('started again without a call');
    stage.put('p', { env: { ERA, EDITED: '1' }, idleStopMs: 20 });
    await stage.host.listed(10_000);
    await isTold('after an edit');
    await stage.host.restart('p');
    await stage.until(() => stage.status('p').state === 'active');
    await isTold('after a restart');
    await release();
    await stage.until(() => stage.status('p').state === 'stopped');
  }
});

await t.test('an eager plugin is kept running', async (t) => {
  const stage = await openHost(t, { p: { start: 'eager' } });
  await stage.call('p', 'crash', { words: 'x' }).catch(() => {});
  await stage.until(() => stage.status('p').state === 'active' && stage.starts('p').length === 2);
  await stage.host.restart('p');
  t.equal(stage.status('p').state, 'active');
  t.equal(stage.starts('p').length, 3);
});
