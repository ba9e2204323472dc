import t, { type Test } from 'tap';
import { LiveCatalogue } from '../../runtime/tools/catalogue.ts';
import { openHost, type ManifestDraft } from '../fixtures/host-stage.ts';
import { offering } from '../fixtures/offering-server.ts';

const tool = (name: string, more = {}): Record<string, unknown> => ({
  name,
  inputSchema: { type: 'object' },
  ...more,
});

async function open(t: Test, plugins: Readonly<Record<string, ManifestDraft>>) {
  const stage = await openHost(t, {});
  const catalogue = new LiveCatalogue(stage.host);
  const changes: string[] = [];
  const stop = catalogue.onChange((kind) => changes.push(kind));
  const put = async (name: string, draft: ManifestDraft): Promise<void> => {
    stage.put(name, draft);
    await stage.host.listed(10_000);
  };
  for (const [name, draft] of Object.entries(plugins)) await put(name, draft);
  return { ...stage, catalogue, changes, stop, putListed: put };
}

const names = (definitions: readonly Record<string, unknown>[]): unknown[] =>
  definitions.map(({ name }) => name);

await t.test('public names: the plugin, a prefix of its own, or none', async (t) => {
  const { catalogue } = await open(t, {
    alpha: offering({ tools: [tool('one')], prompts: [{ name: 'ask' }] }),
    beta: offering({ tools: [tool('one')], prompts: [{ name: 'ask' }] }, { prefix: 'b' }),
    gamma: offering({ tools: [tool('one'), tool('a__b')], prompts: [{ name: 'ask' }] }, { prefix: '' }),
  });
  t.same(names(catalogue.tools()), ['alpha__one', 'b__one', 'one', 'a__b']);
  t.same(names(catalogue.prompts()), ['alpha__ask', 'b__ask', 'ask']);
  t.match(catalogue.tool('b__one'), { plugin: 'beta', tool: 'one', publicName: 'b__one' });
  t.match(catalogue.tool('one'), { plugin: 'gamma', tool: 'one' });
  t.equal(catalogue.tool('beta__one'), undefined);
  t.same(catalogue.prompt('b__ask'), { plugin: 'beta', name: 'ask' });
  t.equal(catalogue.prompt('beta__ask'), undefined);
  t.equal(catalogue.entries().length, 4);
  t.same(catalogue.warnings(), []);
});

await t.test('a name that begins like those of another plugin is refused', async (t) => {
  const { catalogue } = await open(t, {
    alpha: offering({ tools: [tool('one')] }),
    beta: offering({ tools: [tool('b__two')] }, { prefix: 'a' }),
    deep: offering({ tools: [tool('one')] }, { prefix: 'a__b' }),
    gamma: offering(
      { tools: [tool('alpha__more'), tool('own')], prompts: [{ name: 'alpha__ask' }] },
      { prefix: '' },
    ),
  });
  t.same(names(catalogue.tools()), ['alpha__one', 'a__b__one', 'own']);
  t.same(catalogue.prompts(), [], 'it would pass for one of that plugin');
  t.equal(catalogue.tool('alpha__more'), undefined);
  const warnings = catalogue.warnings().map(({ plugin, text }) => `${plugin}: ${text}`);
  t.equal(warnings.length, 3);
  t.match(
    warnings[0],
    /^beta: "a__b__two" is refused: names that begin with "a__b__" are those of plugin "deep"/,
  );
  t.match(warnings[1], /^gamma: "alpha__more" is refused.*plugin "alpha"/);
});

await t.test('a name that two want is refused to both; the warning names both', async (t) => {
  const both = { tools: [tool('same'), tool('own')], prompts: [{ name: 'p' }], resources: [{ uri: 'x:1' }] };
  const { catalogue, host } = await open(t, {
    zeta: offering(both, { prefix: '' }),
    eta: offering({ ...both, tools: [tool('same')] }, { prefix: '' }),
  });
  t.equal(catalogue.tool('same'), undefined, 'whoever got it could pass for the other');
  t.equal(catalogue.tool('own')?.plugin, 'zeta', 'the rest works');
  t.equal(catalogue.tools().length, 1);
  t.equal(catalogue.prompt('p'), undefined);
  t.same(catalogue.resources(), []);
  const warnings = catalogue.warnings();
  t.equal(warnings.length, 3);
  for (const { text } of warnings) t.match(text, /plugin "eta" and plugin "zeta" both want/);
  t.match(warnings[0]?.text, /"same".*another "prefix"/);
  t.notMatch(
    warnings.find(({ text }) => text.includes('x:1'))?.text,
    /prefix/,
    'a prefix does not help a resource',
  );
  host.follow([{ kind: 'removed', name: 'eta' }]);
  t.equal(catalogue.tool('same')?.plugin, 'zeta', 'the name is free again');
  t.same(catalogue.warnings(), []);
});

await t.test('what would break the list of a client is left out with a warning', async (t) => {
  const schemaless = [
    { name: 'bare' },
    { name: 'text', inputSchema: 'x' },
    { name: 'list', inputSchema: { type: 'array' } },
  ];
  const misnamed = ['a b', 'a\nb', '\u001B[2J', '\u202Eb', '', 'x'.repeat(129)].map((name) => tool(name));
  const { catalogue } = await open(t, {
    p: offering(
      { tools: [...schemaless, ...misnamed, tool('good')], resources: [{ uri: 'x:\n' }] },
      { prefix: '' },
    ),
  });
  t.same(names(catalogue.tools()), ['good']);
  t.same(catalogue.resources(), []);
  t.equal(catalogue.warnings().length, 10);
});

await t.test('a template that is all variables takes no resource that another template names', async (t) => {
  const { catalogue } = await open(t, {
    aaa: offering({ resourceTemplates: [{ uriTemplate: '{+x}', name: 'all' }] }),
    demo: offering({ resourceTemplates: [{ uriTemplate: 'demo://text/{id}', name: 'text' }] }),
  });
  t.same(catalogue.resource('demo://text/1'), { plugin: 'demo', name: 'demo://text/1' });
  t.same(catalogue.resource('other:1'), { plugin: 'aaa', name: 'other:1' });
});

await t.test('a plugin that lists a name twice is warned of itself', async (t) => {
  const { catalogue } = await open(t, {
    p: offering({ tools: [tool('a', { title: '1' }), tool('a', { title: '2' })] }),
  });
  t.match(catalogue.tools(), [{ name: 'p__a', title: '1' }]);
  t.match(catalogue.warnings(), [{ plugin: 'p', text: /"p__a"/ }]);
});

await t.test(
  'what a plugin says of an item is kept, known or not; what has no name is left out',
  async (t) => {
    const definition = tool('a', {
      title: 'A',
      outputSchema: { type: 'array' },
      annotations: { readOnlyHint: true, 'x-unknown': 1 },
      icons: [{ src: 'data:,' }],
      _meta: { 'example.org/x': { deep: [null] } },
      'x-unknown': { kept: true },
    });
    const { catalogue } = await open(t, {
      p: offering({
        tools: [definition, { title: 'nameless' }, { name: 7 }],
        prompts: [{ name: 'q', arguments: [{ name: 'x', 'x-unknown': 1 }] }],
        resources: [{ uri: 'x:1', size: 3, 'x-unknown': 1 }, { name: 'no uri' }],
        resourceTemplates: [{ uriTemplate: 'x:{a}', 'x-unknown': 1 }],
      }),
    });
    t.strictSame(catalogue.tools(), [{ ...definition, name: 'p__a' }]);
    t.strictSame(catalogue.prompts(), [{ name: 'p__q', arguments: [{ name: 'x', 'x-unknown': 1 }] }]);
    t.strictSame(catalogue.resources(), [{ name: 'x:1', uri: 'x:1', size: 3, 'x-unknown': 1 }]);
    t.strictSame(catalogue.resourceTemplates(), [{ name: 'x:{a}', uriTemplate: 'x:{a}', 'x-unknown': 1 }]);
  },
);

await t.test('disabled tools are not there; effect and approval are those of the manifest', async (t) => {
  const { catalogue } = await open(t, {
    p: offering(
      {
        tools: [tool('off'), tool('on'), tool('asks'), tool('says', { annotations: { readOnlyHint: true } })],
      },
      { tools: { off: { enabled: false }, asks: { approval: 'always', effect: 'reversible' }, gone: {} } },
    ),
  });
  t.same(names(catalogue.tools()), ['p__on', 'p__asks', 'p__says']);
  t.equal(catalogue.tool('p__off'), undefined);
  t.match(catalogue.tool('p__on'), { effect: 'irreversible', approval: 'never' });
  t.match(catalogue.tool('p__asks'), { effect: 'reversible', approval: 'always' });
  t.match(catalogue.tool('p__says'), { effect: 'irreversible' }, 'its own word permits nothing');
});

await t.test('names that mean something in JavaScript are names like any other', async (t) => {
  const tools = ['constructor', '__proto__', 'toString', 'hasOwnProperty'].map((name) => tool(name));
  const { catalogue } = await open(t, { p: offering({ tools }, { prefix: '' }) });
  t.equal(catalogue.tools().length, 4);
  t.match(catalogue.tool('__proto__'), { tool: '__proto__', effect: 'irreversible', approval: 'never' });
  t.match(catalogue.tool('constructor'), { effect: 'irreversible', approval: 'never' });
  t.equal(catalogue.tool('valueOf'), undefined);
  t.equal(catalogue.prompt('constructor'), undefined);
});

await t.test(
  'a resource is found by list, then by template, then with the only server there is',
  async (t) => {
    const { catalogue, putListed } = await open(t, {
      plain: offering({ tools: [tool('a')] }),
      only: offering({ resources: [{ uri: 'x:listed' }] }),
    });
    t.same(catalogue.resource('x:listed'), { plugin: 'only', name: 'x:listed' });
    t.same(
      catalogue.resource('any:thing'),
      { plugin: 'only', name: 'any:thing' },
      'there is no doubt whose it is',
    );
    await putListed('other', offering({ resourceTemplates: [{ uriTemplate: 'y:{id}/end' }] }));
    t.same(catalogue.resource('y:7/end'), { plugin: 'other', name: 'y:7/end' });
    t.equal(catalogue.resource('any:thing'), undefined, 'two could serve it, so nobody is asked');
    t.same(catalogue.resourceTemplate('y:{id}/end'), { plugin: 'other', name: 'y:{id}/end' });
    t.equal(catalogue.resourceTemplate('y:7/end'), undefined);
  },
);

await t.test(
  'changes are told by kind, also of templates alone, and lists are replaced, never changed',
  async (t) => {
    const { catalogue, changes, stop, putListed, host } = await open(t, {
      p: offering({ tools: [tool('a')] }),
    });
    t.same(changes, ['tools']);
    const before = catalogue.tools();
    t.equal(catalogue.tools(), before, 'asked twice, made once');
    await putListed('q', offering({ resourceTemplates: [{ uriTemplate: 'y:{id}' }] }));
    t.same(changes.splice(0), ['tools', 'resources']);
    t.equal(before.length, 1);
    await putListed('r', offering({ prompts: [{ name: 'p' }], resources: [{ uri: 'x:1' }] }));
    t.same(changes.splice(0), ['prompts', 'resources']);
    host.follow([{ kind: 'removed', name: 'r' }]);
    t.same(changes.splice(0), ['prompts', 'resources']);
    t.same(catalogue.prompts(), []);
    stop();
    host.follow([{ kind: 'removed', name: 'p' }]);
    t.same(changes, []);
    t.same(catalogue.tools(), []);
    t.not(catalogue.tools(), before);
  },
);

await t.test(
  'while an edited plugin starts, its old tools stay; when it cannot, they still do',
  async (t) => {
    const { catalogue, put, until, status, call } = await open(t, { p: offering({ tools: [tool('a')] }) });
    put('p', { source: { command: 'no-such-program-anywhere' } });
    t.equal(catalogue.tools().length, 1);
    await until(() => status('p').pending?.kind === 'failed');
    t.match(status('p').pending, { reason: /COMMAND_MISSING/ });
    t.equal(catalogue.tools().length, 1);
    await t.resolves(call('p', 'a'));
  },
);
