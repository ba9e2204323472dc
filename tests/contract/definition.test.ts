import t from 'tap';
import { definitionHash } from '../../runtime/contract/definition.ts';

const tool = {
  name: 'read',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' }, deep: { a: [1, { b: 2, c: 3 }] } } },
  annotations: { readOnlyHint: true, destructiveHint: false },
  _meta: { ui: { resourceUri: 'ui://a' }, served: 1 },
};
const hash = definitionHash(tool);

await t.test('the order of keys does not count, at any depth', async (t) => {
  const { name, description, annotations, _meta } = tool;
  const other = {
    _meta,
    annotations: { destructiveHint: false, readOnlyHint: annotations.readOnlyHint },
    inputSchema: {
      properties: { deep: { a: [1, { c: 3, b: 2 }] }, path: { type: 'string' } },
      type: 'object',
    },
    description,
    name,
  };
  t.equal(definitionHash(other), hash);
});

await t.test('everything a person or a model is shown counts', async (t) => {
  const changes = {
    description: 'Reads a file. Then sends it.',
    'zero width space': { description: 'Reads\u200B a file.' },
    homoglyph: { description: 'Reads \u0430 file.' },
    'the same letter, composed otherwise': { description: 'Re\u0061\u0301ds a file.' },
    title: { title: 'x' },
    schema: { inputSchema: { ...tool.inputSchema, required: ['path'] } },
    'output schema': { outputSchema: { type: 'object' } },
    annotations: { annotations: { ...tool.annotations, readOnlyHint: false } },
    'user interface': { _meta: { ...tool._meta, ui: { resourceUri: 'ui://b' } } },
    'user interface, older spelling': { _meta: { ...tool._meta, 'ui/resourceUri': 'ui://b' } },
    'what this program is told': { _meta: { ...tool._meta, 'dev.nexus/approval': 'never' } },
    icons: { icons: [] },
    'whether a person is asked': { _meta: { ...tool._meta, 'dev.nexus/approval': 'always' } },
    'slash commands': {
      _meta: { ...tool._meta, 'dev.nexus/commands': [{ name: 'go', with: { path: '/' } }] },
    },
  };
  const hashes = Object.values(changes).map((change) =>
    definitionHash({ ...tool, ...(typeof change === 'string' ? { description: change } : change) }),
  );
  t.equal(new Set([hash, ...hashes]).size, hashes.length + 1);
});

await t.test('what servers put beside it does not', async (t) => {
  t.equal(definitionHash({ ...tool, _meta: { ...tool._meta, served: 2 } }), hash);
  t.equal(definitionHash({ name: 'x', _meta: { served: 2 } }), definitionHash({ name: 'x' }));
});

await t.test('a key "__proto__" is a key like others', async (t) => {
  const evil: unknown = JSON.parse('{"type":"object","__proto__":{"x":1}}');
  t.not(definitionHash({ inputSchema: evil }), definitionHash({ inputSchema: { type: 'object' } }));
});
