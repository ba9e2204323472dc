import t from 'tap';
import { effectOf } from '../../runtime/tools/effect.ts';
import { draftManifest } from '../fixtures/host-stage.ts';

const plain = draftManifest('p');
const annotated = (annotations: unknown) => ({ name: 'a', annotations });

await t.test('the manifest has the last word', (t) => {
  const manifest = draftManifest('p', {
    tools: { a: { effect: 'irreversible' }, b: { approval: 'always' } },
  });
  t.equal(effectOf(manifest, 'a', annotated({ readOnlyHint: true })), 'irreversible');
  t.equal(
    effectOf(manifest, 'b', annotated({ readOnlyHint: true })),
    'read',
    'it says nothing of the effect',
  );
  t.end();
});

await t.test('else the annotations count, the most harmless claim first', (t) => {
  const cases = [
    [{ readOnlyHint: true, destructiveHint: true }, 'read'],
    [{ readOnlyHint: false, idempotentHint: true }, 'idempotent'],
    [{ destructiveHint: false }, 'reversible'],
    [{ destructiveHint: true }, 'irreversible'],
  ] as const;
  for (const [hints, effect] of cases) t.equal(effectOf(plain, 'a', annotated(hints)), effect);
  t.end();
});

await t.test('else, and for anything that is no annotation, the worst is assumed', (t) => {
  const odd = [undefined, null, [], 'read', {}, { readOnlyHint: 'true' }, { readOnlyHint: 1 }];
  for (const annotations of odd) t.equal(effectOf(plain, 'a', annotated(annotations)), 'irreversible');
  t.equal(effectOf(plain, 'constructor', {}), 'irreversible');
  t.equal(effectOf(plain, '__proto__', {}), 'irreversible');
  t.end();
});
