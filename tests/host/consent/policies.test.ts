import t from 'tap';
import { manifestSchema } from '../../../runtime/contract/manifest.ts';
import { looserPolicies, type Policies } from '../../../runtime/host/consent/policies.ts';

function policies(tools: unknown): Policies {
  return manifestSchema.shape.tools.parse(tools);
}

function held(agreed: unknown, asked: unknown): readonly string[] {
  return [...looserPolicies(policies(agreed), policies(asked))].map(({ subject }) => subject);
}

await t.test('less care than was agreed to is held, more is not', (t) => {
  const careful = { x: { approval: 'always', effect: 'irreversible', enabled: false } };
  t.same(held(careful, careful), []);
  t.same(held({}, careful), [], 'more care');
  t.same(held(careful, { x: { approval: 'never', effect: 'read' } }), [
    'tools.x.effect',
    'tools.x.approval',
    'tools.x.enabled',
  ]);
  t.same(held(careful, {}), ['tools.x.approval', 'tools.x.enabled'], 'a policy that is taken away');
  t.same(held({}, { x: { approval: 'never' } }), ['tools.x.approval']);
  t.same(held({}, { x: { effect: 'read' } }), ['tools.x.effect'], 'what nobody had spoken of');
  t.same(held({ x: { effect: 'read' } }, { x: { effect: 'idempotent' } }), []);
  t.same(
    held({}, { constructor: { effect: 'irreversible' } }),
    [],
    'names of Object.prototype are names of tools',
  );
  t.end();
});

await t.test('another call that checks or takes back is held, none is not', (t) => {
  const look = { tool: 'look', arguments: { id: '${result.id}' } };
  const agreed = { x: { check: look, undo: { tool: 'remove', arguments: { all: false } } } };
  t.same(held(agreed, { x: { undo: { arguments: { all: false }, tool: 'remove' }, check: look } }), []);
  t.same(held({}, agreed), ['tools.x.check', 'tools.x.undo'], 'where there was none');
  t.same(
    held(agreed, {
      x: { check: { ...look, tool: 'lie' }, undo: { tool: 'remove', arguments: { all: true } } },
    }),
    ['tools.x.check', 'tools.x.undo'],
  );
  t.same(held(agreed, { x: {} }), [], 'a person is asked then');
  t.end();
});
