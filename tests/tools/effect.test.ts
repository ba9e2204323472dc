import t from 'tap';
import { effectOf } from '../../runtime/tools/effect.ts';
import { draftManifest } from '../fixtures/host-stage.ts';

const annotated = (annotations: unknown) => ({ name: 'a', annotations });
const declared = (effect: string) => draftManifest('p', { tools: { a: { effect } } });

await t.test('what the manifest does not declare is the worst, whatever the plugin says of itself', (t) => {
  const hints = [
    { readOnlyHint: true },
    { idempotentHint: true },
    { destructiveHint: false },
    { readOnlyHint: 'true' },
    undefined,
    null,
    [],
    'read',
    {},
  ];
  const silent = [draftManifest('p'), draftManifest('p', { tools: { a: { approval: 'never' } } })];
  for (const manifest of silent) {
    for (const annotations of hints)
      t.equal(effectOf(manifest, 'a', annotated(annotations)), 'irreversible', JSON.stringify(annotations));
    for (const name of ['constructor', '__proto__']) t.equal(effectOf(manifest, name, {}), 'irreversible');
  }
  t.end();
});

await t.test('what it declares is so, and an annotation can only ask for more care', (t) => {
  const harmless = { readOnlyHint: true, idempotentHint: true, destructiveHint: false };
  for (const effect of ['read', 'idempotent', 'reversible', 'irreversible'])
    t.equal(effectOf(declared(effect), 'a', annotated(harmless)), effect);
  const destroys = { readOnlyHint: false, destructiveHint: true };
  t.equal(effectOf(declared('read'), 'a', annotated(destroys)), 'irreversible');
  t.equal(effectOf(declared('read'), 'a', annotated({ destructiveHint: 1 })), 'read', 'no annotation');
  t.equal(effectOf(declared('idempotent'), 'a', annotated(destroys)), 'idempotent', 'which overwriting is');
  t.end();
});
