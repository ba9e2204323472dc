import t from 'tap';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { callModern, encodeHeader, sendModern } from '../../../fixtures/mcp-http.ts';
import { modernVersion } from '../../../fixtures/wire.ts';

const stage = await openEdge(t, { old: {}, new: { env: { ERA: 'modern' } } });
const plugins = ['old', 'new'];

await t.test('prompts, resources and completion are relayed', async (t) => {
  for (const plugin of plugins) {
    const prompt = { name: `${plugin}__greet`, arguments: { who: 'Ada' } };
    const { result: greeted } = await sendModern(stage, 'prompts/get', prompt).answer();
    t.match(JSON.stringify(greeted), '\\"name\\":\\"greet\\"', 'the plugin is asked by its own name');
    t.match(JSON.stringify(greeted), '\\"who\\":\\"Ada\\"');
    const ref = { type: 'ref/prompt', name: `${plugin}__greet` };
    const complete = { ref, argument: { name: 'who', value: 'A' } };
    t.match(await sendModern(stage, 'completion/complete', complete).answer(), {
      result: { completion: { values: ['greet:who:A'] } },
    });
  }
  const { result: listed } = await sendModern(stage, 'resources/list', {}).answer();
  t.match(listed, {
    resources: [
      { uri: 'fixture://new/static', annotations: { priority: 0.5 }, 'x-unknown': 1 },
      { uri: 'fixture://new/slow' },
      { uri: 'fixture://old/static' },
      { uri: 'fixture://old/slow' },
    ],
    ttlMs: 0,
    cacheScope: 'private',
    resultType: 'complete',
  });
  t.match(await sendModern(stage, 'resources/templates/list', {}).answer(), {
    result: { resourceTemplates: [{ uriTemplate: 'fixture://new/item/{id}', 'x-unknown': 1 }, {}] },
  });
  t.match(
    await sendModern(
      stage,
      'resources/read',
      { uri: 'fixture://old/item/ü' },
      { headers: { 'mcp-name': encodeHeader('fixture://old/item/ü') } },
    ).answer(),
    {
      result: {
        contents: [{ uri: 'fixture://old/item/ü', text: 'text of fixture://old/item/ü', 'x-unknown': 1 }],
      },
    },
  );
  t.match(await sendModern(stage, 'resources/read', { uri: 'fixture://old/item/none' }).answer(), {
    error: { code: -32_002, message: 'Resource not found', data: { uri: 'fixture://old/item/none' } },
  });
  t.match(await sendModern(stage, 'resources/read', { uri: 'other://x' }).answer(), {
    error: { code: -32_602 },
  });
  t.match(await sendModern(stage, 'prompts/get', { name: 'nothing' }).answer(), {
    error: { code: -32_602, message: 'Unknown prompt: nothing' },
  });
  t.match(
    await sendModern(stage, 'completion/complete', { ref: { type: 'ref/resource', uri: 'no:{x}' } }).answer(),
    {
      error: { code: -32_602 },
    },
  );
});

await t.test(
  "failures: what the model can act on is a result, what is the client's mistake an error",
  async (t) => {
    for (const plugin of plugins) {
      const refused = callModern(stage, `${plugin}__refuse`, {
        code: -32_050,
        message: 'no',
        data: { a: 1 },
      });
      t.match(await refused.answer(), { error: { code: -32_050, message: 'no', data: { a: 1 } } });
      t.equal(await refused.status(), 200);
      t.match(await callModern(stage, `${plugin}__fail`, { words: 'gone' }).answer(), {
        result: { isError: true, content: [{ text: 'gone' }] },
      });
      t.match(
        await callModern(
          stage,
          `${plugin}__mirrored`,
          { region: 'eu', count: 'x' },
          { headers: { 'mcp-param-region': 'eu', 'mcp-param-count': 'x' } },
        ).answer(),
        {
          result: {
            isError: true,
            content: [{ text: /^ARGUMENTS_INVALID/ }],
            _meta: { 'dev.nexus/code': 'ARGUMENTS_INVALID' },
          },
        },
      );
      t.match(await callModern(stage, `${plugin}__crash`, { words: 'ouch' }).answer(), {
        result: { isError: true, content: [{ text: /^PLUGIN_CRASHED.*ouch/ }] },
      });
    }
    t.match(await callModern(stage, 'nobody__nothing').answer(), {
      error: { code: -32_602, message: /There is no tool named "nobody__nothing"/ },
    });
  },
);

await t.test('discovery names what is served', async (t) => {
  const { result } = await sendModern(stage, 'server/discover', {}).answer();
  t.match(result, {
    supportedVersions: [modernVersion],
    capabilities: {
      tools: { listChanged: true },
      prompts: {},
      resources: { subscribe: true },
      completions: {},
    },
    instructions: /plugin__tool/,
  });
});
