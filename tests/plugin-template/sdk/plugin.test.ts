import '../../fixtures/plain-children.ts';
import { fileURLToPath } from 'node:url';
import { openPlugin } from 'nexus-plugin-sdk/testing';
import t from 'tap';

const folder = fileURLToPath(new URL('../../fixtures/sdk-plugin/', import.meta.url));

for (const era of ['modern', 'legacy'] as const) {
  await t.test(`to a ${era} client`, async (t) => {
    await using plugin = await openPlugin(folder, { era, settings: { TOKEN: 'hunter22', LIMIT: 3 } });

    const tool = (name: string) => plugin.tools.find((one) => one['name'] === name);
    await t.test('effects, approval, commands and health are told in words of MCP', (t) => {
      t.match(tool('greet'), {
        title: 'Greet',
        inputSchema: { type: 'object', properties: { who: { type: 'string' } }, required: ['who'] },
        outputSchema: { properties: { text: { type: 'string' } } },
        annotations: { readOnlyHint: true },
        _meta: {
          'dev.nexus/commands': [
            { name: 'hi', description: 'Greets', positional: ['who'], with: { times: 2 } },
            { name: 'hello' },
          ],
        },
      });
      t.match(tool('greet3'), {
        inputSchema: { type: 'object', properties: { who: { type: 'string', minLength: 2 } } },
        annotations: { idempotentHint: true },
      });
      t.match(tool('add'), {
        annotations: { destructiveHint: true },
        _meta: { 'dev.nexus/approval': 'always' },
      });
      t.match(tool('count'), { annotations: { readOnlyHint: false, destructiveHint: false } });
      t.equal(tool('steps')?.['annotations'], undefined, 'what says nothing of its effect');
      t.match(tool('health'), { annotations: { readOnlyHint: true }, _meta: { 'dev.nexus/health': true } });
      t.end();
    });

    await t.test(
      'arguments by zod 4, zod 3 and JSON Schema, with defaults; a setting from the environment',
      async (t) => {
        t.match(await plugin.call('greet', { who: 'Ada' }), {
          structured: { text: 'Salut Ada' },
          isError: false,
        });
        t.equal((await plugin.call('greet3', { who: 'Ada', loud: 1 })).text, 'ADA');
        t.equal((await plugin.call('greet3', { who: 'Ada' })).text, 'Ada');
        t.equal((await plugin.call('add', { a: 1, b: 2 })).text, '3');
      },
    );

    await t.test('arguments that do not fit never reach the handler', async (t) => {
      t.match(await plugin.call('greet', { who: 1 }), { isError: true, text: /who/ });
      t.match(await plugin.call('greet3', { who: 'A' }), { isError: true, text: /who/ });
      t.match(await plugin.call('add', { a: 'x', b: 2 }), { isError: true, text: /\ba\b/ });
      t.match(await plugin.call('count', { more: 1 }), { isError: true, text: /additional/ });
    });

    await t.test('the store keeps what was written, updates do not lose each other', async (t) => {
      await Promise.all(Array.from({ length: 20 }, () => plugin.call('count')));
      t.same((await plugin.call('count')).structured, { calls: 21 });
    });

    await t.test('progress', async (t) => {
      const { progress } = await plugin.call('steps');
      t.match(progress, [{ progress: 1, total: 2, message: 'half' }, { progress: 2 }]);
    });

    await t.test('the idempotency key is that of the run, and never empty', async (t) => {
      t.equal((await plugin.call('key', {}, { idempotencyKey: 'run-1' })).text, 'run-1');
      t.not((await plugin.call('key')).text, (await plugin.call('key')).text);
    });

    await t.test('a canceled call is told so', async (t) => {
      const giveUp = new AbortController();
      const waiting = plugin.call('wait', {}, { signal: giveUp.signal });
      // Whoever asks later is answered later: the call is under way.
      await plugin.call('key');
      giveUp.abort(new Error('no longer wanted'));
      await t.rejects(waiting, { message: 'no longer wanted' });
      t.equal(await plugin.logged('canceled'), 'warning: canceled');
    });

    await t.test('a secret is in no text of the plugin by accident', async (t) => {
      const { structured } = await plugin.call('secret');
      t.same(structured, { spread: {}, json: '{}', dataFolder: plugin.dataFolder });
      t.equal(await plugin.logged('the token'), 'info: the token is [secret]');
    });

    await t.test('what a handler throws is the answer, its trace is in the log', async (t) => {
      t.match(await plugin.call('fail'), { isError: true, text: 'it went wrong' });
      t.match(await plugin.logged('main.'), /^ +at /, 'a line of the trace');
      t.match(await plugin.call('whole'), { isError: true, text: 'as it is' });
    });

    await t.test(
      'health follows the settings; settings that do not fit are said at every call',
      async (t) => {
        t.match(await plugin.call('health'), { isError: false, text: 'at 3' });
        await plugin.set({ LIMIT: 10 });
        t.match(await plugin.call('health'), { isError: true, text: 'the limit is reached' });
        await plugin.set({ LIMIT: 11 });
        t.match(await plugin.call('greet', { who: 'Ada' }), {
          isError: true,
          text: 'The setting LIMIT must be at most 10',
        });
        t.same((await plugin.call('count')).isError, true);
        await plugin.set({});
        t.same((await plugin.call('count')).structured, { calls: 22 }, 'its data stayed');
      },
    );
  });
}
