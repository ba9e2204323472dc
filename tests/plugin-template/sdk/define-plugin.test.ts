import { definePlugin } from 'nexus-plugin-sdk';
import t from 'tap';
import { z as z3 } from 'zod/v3';
import { toStandardSchema } from '../../../plugin-template/sdk/src/tool-schema.ts';

const tools = { ping: { description: 'Answers', run: () => 'pong' } };

await t.test('what would only come to light when somebody calls is refused at once', (t) => {
  const refused = (message: RegExp, define: () => unknown): void => {
    t.throws(define, { name: 'TypeError', message });
  };
  refused(/plugin is named "My Plugin"; write/, () => definePlugin({ name: 'My Plugin', tools }));
  refused(/"a b" is no name of a tool/, () => definePlugin({ name: 'a', tools: { 'a b': tools.ping } }));
  refused(/"health" is made of "health"/, () =>
    definePlugin({ name: 'a', tools: { health: tools.ping }, health: () => 'well' }),
  );
  refused(/command "p" runs the tool "pong", which is none of ping/, () =>
    definePlugin({ name: 'a', tools, commands: { p: { tool: 'pong' } } }),
  );
  refused(/setting "API KEY" needs a name/, () =>
    definePlugin({ name: 'a', tools, settings: { 'API KEY': { type: 'string', title: 'Key' } } }),
  );
  t.end();
});

await t.test('schemas of other kinds are named', (t) => {
  const given: unknown = z3.object({});
  t.throws(() => toStandardSchema<unknown>(Object(given), 'input of "a"'), {
    message: /input of "a" is a zod 3 schema; wrap it: import \{ zod3 \}/,
  });
  t.throws(() => toStandardSchema<unknown>(Object({ type: 'string' }), 'input of "a"'), {
    message: /neither a zod object nor a JSON Schema of type "object"/,
  });
  t.end();
});
