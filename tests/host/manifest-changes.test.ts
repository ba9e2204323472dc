import t from 'tap';
import type { Manifest } from '../../runtime/contract/manifest.ts';
import { isSameLaunch, takesRightsAway, withPolicyOf } from '../../runtime/host/manifest-changes.ts';
import { draftManifest, type ManifestDraft } from '../fixtures/host-stage.ts';

const plain = draftManifest('p');
const changed = (draft: ManifestDraft): Manifest => draftManifest('p', draft);

function may(permissions: Readonly<Record<string, unknown>>, isolation = 'process'): Manifest {
  return changed({ permissions, isolation });
}

await t.test('which changes need another process', (t) => {
  const policy: ManifestDraft = {
    tools: { echo: { enabled: false } },
    prefix: 'x',
    start: 'eager',
    idleStopMs: 5,
  };
  t.ok(isSameLaunch(plain, changed(policy)));
  t.ok(isSameLaunch(plain, changed({})));
  for (const draft of [
    { env: { A: '1' } },
    { limits: { memoryMb: 600 } },
    { limits: { concurrency: 2 } },
    { permissions: { net: ['a.example:443'] } },
    { isolation: 'sandbox' },
  ]) {
    t.notOk(isSameLaunch(plain, changed(draft)), JSON.stringify(draft));
  }
  t.end();
});

await t.test('policy alone is taken over', (t) => {
  const wanted = changed({ env: { A: '1' }, prefix: 'x', tools: { echo: { approval: 'always' } } });
  const treated = withPolicyOf(plain, wanted);
  t.match(treated, { prefix: 'x', tools: { echo: { approval: 'always' } } });
  t.same(treated.source, plain.source);
  t.end();
});

await t.test('what takes a right away', (t) => {
  const much = may({ fs: { read: ['/r'], write: ['/w'] }, net: ['a.example:443'], env: ['A'], exec: true });
  t.notOk(takesRightsAway(much, much));
  t.notOk(takesRightsAway(may({}), much), 'more is not less');
  const rights = { fs: { read: ['/r'], write: ['/w'] }, net: ['a.example:443'], env: ['A'], exec: true };
  for (const less of [
    { ...rights, fs: { read: [], write: ['/w'] } },
    { ...rights, fs: { read: ['/r', '/w'], write: [] } },
    { ...rights, net: ['b.example:443'] },
    { ...rights, env: [] },
    { ...rights, exec: false },
  ]) {
    t.ok(takesRightsAway(much, may(less)), JSON.stringify(less));
  }
  t.notOk(
    takesRightsAway(much, may({ ...rights, fs: { read: [], write: ['/w', '/r'] } })),
    'to write is to read as well',
  );
  t.ok(takesRightsAway(may({}), may({}, 'sandbox')), 'a tighter isolation');
  t.end();
});
