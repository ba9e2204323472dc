import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../runtime/base/clock.ts';
import type { ConsentSubject } from '../../../runtime/contract/consent.ts';
import { manifestSchema, type Manifest } from '../../../runtime/contract/manifest.ts';
import type { PreparedSource } from '../../../runtime/contract/plugin-package.ts';
import { operatorScope } from '../../../runtime/contract/scope.ts';
import { LockedConsent } from '../../../runtime/host/consent/locked-consent.ts';
import { openStore } from '../../../runtime/store/open.ts';

const scope = operatorScope('test');
const hash = (digit: string): string => digit.repeat(64);

function named(name: string, source: object, draft: object = {}): Manifest {
  return { ...manifestSchema.parse({ source, ...draft }), name, prefix: name };
}

function process(contentHash = hash('a'), args: readonly string[] = []): PreparedSource {
  const command = { command: '/x', args, cwd: '/', env: {}, packageDirs: [] };
  const hashContent = () => Promise.resolve(contentHash);
  const code = { artifactHash: hash('0'), listingKey: hash('0'), contentHash, hashContent, code: [] };
  return { kind: 'process', ...command, ...code, warnings: [] };
}

async function stage(t: Test) {
  const dir = mkdtempSync(join(tmpdir(), 'nexus-kin-'));
  const store = await openStore({ dataDir: join(dir, 'data'), clock: systemClock });
  t.teardown(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  let subject: ConsentSubject | undefined;
  const consent = new LockedConsent({
    manifestsDir: dir,
    log: store.approvals,
    clock: systemClock,
    places: () => ({ manifestsDir: dir, workspaceDir: '/w', pluginDataDir: '/d' }),
    subject: () => subject,
    manifest: () => undefined,
    onProblem: (text) => t.fail(text),
  });
  return {
    dir,
    consent,
    meets: (manifest: Manifest, source: PreparedSource): readonly string[] => {
      subject = { manifest, source, listing: null, tier: null };
      return consent.beforeStart(manifest, source)?.changes.map(({ kind }) => kind) ?? [];
    },
  };
}

await t.test('what waits is not agreed to by renaming or copying its manifest', async (t) => {
  const { consent, meets, dir } = await stage(t);
  const own = process(hash('a'), ['/home/me/s.mjs']);
  for (const [waiting, source] of [
    ['a', { command: 'npx', args: ['-y', 'pkg@1.0.0'] }],
    ['b', { plugin: '../plugins/b' }],
    ['c', { mcpb: 'c.mcpb', sha256: hash('c') }],
    ['d', { url: 'https://example.org/mcp?key=1' }],
    ['e', { command: 'node', args: ['s.mjs'] }],
    ['f', { command: './server' }],
  ] as const) {
    consent.requireApproval(waiting, source);
  }
  const attempts: readonly (readonly [string, object, PreparedSource])[] = [
    ['npm', { command: 'npx', args: ['pkg@2.0.0', '--flag'], env: { A: 'b' } }, process()],
    ['folder', { plugin: '../plugins/../plugins/b' }, process()],
    ['bundle', { mcpb: 'other.mcpb', sha256: hash('c') }, process()],
    ['remote', { url: 'https://EXAMPLE.org/mcp?key=2' }, process()],
    ['script', { command: 'node', args: ['--no-warnings', './s.mjs'] }, own],
    ['program', { command: './server', args: ['x'] }, process()],
  ];
  for (const [name, source, prepared] of attempts) {
    const manifest = named(name, source);
    t.notOk(consent.isFollowed(manifest, prepared), name);
    t.same(meets(manifest, prepared), ['first-run'], name);
  }
  t.equal(consent.state('script').state, 'waiting', 'it is written down');
  t.same(meets(named('other', { command: './other' }), process()), [], 'another source is the operator');
  const changed = (name: string, digit: string, draft: object = {}) =>
    meets(named(name, { command: './held' }, draft), process(hash(digit)));
  t.same(changed('held', 'a'), []);
  t.same(changed('held', 'b'), ['artifact']);
  t.same(changed('copy', 'a'), [], 'what was agreed to is agreed to');
  for (const name of ['held', 'copy']) writeFileSync(join(dir, `${name}.json`), '');
  t.same(
    changed('second', 'a', { permissions: { exec: true } }),
    [],
    'the operator may grant a second one more',
  );
  for (const name of ['held', 'copy']) rmSync(join(dir, `${name}.json`));
  t.same(changed('renamed', 'b'), ['first-run'], 'its code is not what was agreed to, under any name');
  t.same(changed('wider', 'a', { permissions: { env: ['TOKEN'] } }), ['first-run']);
  meets(named('renamed', { command: './held' }), process(hash('b')));
  await consent.approve(scope, 'renamed', {});
  t.same(changed('renamed', 'b'), []);
});
