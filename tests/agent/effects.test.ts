import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import type { Message } from '../../runtime/contract/threads.ts';
import { taskDetailSchema, taskSchema } from '../../runtime/contract/tasks.ts';
import { verificationSchema } from '../../runtime/contract/timeline.ts';
import { readEffects } from '../fixtures/chaos-stage.ts';
import { openChat, wordsOf, type ChatStage } from '../fixtures/chat-stage.ts';
import { apiOf } from '../fixtures/kernel-api.ts';

const server = join(import.meta.dirname, '../fixtures/effects-plugin/server.mjs');
const sameMark = { mark: '${arguments.mark}' };

function effects(label: string, lagMs: number, append: object) {
  return {
    source: { command: 'node', args: [server], env: { PLUGIN_LABEL: label, PLUGIN_LAG: String(lagMs) } },
    permissions: { fs: { write: ['${workspace}'] } },
    tools: {
      append: { effect: 'irreversible', approval: 'never', ...append },
      put: { effect: 'reversible', approval: 'never', undo: { tool: 'append', arguments: sameMark } },
      look: { effect: 'read' },
    },
  };
}

const never = 600_000;
const call = (name: string, mark: string) => ({
  toolCalls: [{ id: `c-${mark}`, name, arguments: JSON.stringify({ mark }) }],
});
const textsOf = ({ content }: Message): string =>
  JSON.stringify(content.filter(({ type }) => type === 'tool_result'));

/** Waits for effects whose tools never answer, and ends the kernel then. */
async function crashAfter(stage: ChatStage, marks: readonly string[], meanwhile?: () => void): Promise<void> {
  for (;;) {
    const found = await readEffects(stage.home);
    if (marks.every((mark) => found.includes(mark))) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await stage.crash(meanwhile);
}

/** Waits until a conversation is told something by Nexus. */
async function noticed(stage: ChatStage, thread: string): Promise<Message> {
  for (;;) {
    const all = await stage.messages(thread);
    const notice = all.find(({ content }) => content.some(({ type }) => type === 'notice'));
    if (notice !== undefined) return notice;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

await t.test(
  'what an agent does to the world is done once, settled when it is not known, and can be taken back',
  async (t) => {
    const stage = await openChat(t, {
      p: effects('p', never, { check: { tool: 'look', arguments: sameMark } }),
      q: effects('q', never, {}),
      r: effects('r', 1, {}),
      gone: effects('gone', never, {}),
      claims: { ...effects('claims', never, {}), tools: { append: { approval: 'never' } } },
    });
    const { mock, home } = stage;
    for (const [text, made] of [
      ['checked', call('p__append', 'a')],
      ['lost', call('q__append', 'b')],
      ['again', call('q__append', 'b')],
      ['write', call('r__put', 'c')],
      ['claims', call('claims__append', 'd')],
      ['gone', call('gone__append', 'e')],
    ] as const) {
      mock.on({ userMessage: text, hasToolResult: false }, made);
      mock.on({ userMessage: text, hasToolResult: true }, { content: 'So it is.' });
    }

    const checked = await stage.thread();
    await stage.say(checked, 'checked');
    await crashAfter(stage, ['a']);
    t.match(textsOf(await stage.answer(checked)), /It happened: p__look says so/);
    mock.onMessage(/It is known now/, { content: 'Good to know.' });
    const lost = await stage.thread();
    const claims = await stage.thread();
    const gone = await stage.thread();
    await stage.say(lost, 'lost');
    await stage.say(claims, 'claims');
    await stage.say(gone, 'gone');
    await crashAfter(stage, ['b', 'd', 'e'], () => rmSync(join(home.manifests, 'gone.json')));
    for (const [thread, why] of [
      [lost, 'an effect of the manifest'],
      [claims, 'a plugin that says its tool only reads'],
      [gone, 'a plugin that is not there any more'],
    ] as const) {
      const after = await stage.answer(thread);
      t.equal(after.status, 'COMPLETED', why);
      t.match(textsOf(after), /It is not known whether this happened.*nexus reconcile/, why);
    }

    await stage.say(lost, 'again');
    t.match(textsOf(await stage.answer(lost)), /it was not made again/);
    const { get, send, refused } = apiOf(stage.kernel());
    const open = await get('/api/tasks?state=unknown', z.array(taskSchema));
    t.same(open.map(({ what }) => what).sort(), [
      'tool.run claims__append',
      'tool.run gone__append',
      'tool.run q__append',
    ]);
    const unknown = open.find(({ what }) => what === 'tool.run q__append');
    const path = `/api/runs/${unknown?.run}/reconcile`;
    t.match(await refused('POST', path, {}), { status: 409, code: 'RECONCILE_NEEDS_PERSON' });
    t.match(await refused('POST', `/api/tasks/${unknown?.id}/retry`), {
      status: 409,
      code: 'DIRECTIVE_STATE',
    });
    t.match(await send('POST', path, { verdict: 'happened' }), { status: 200, body: { happened: true } });
    t.match(await refused('POST', path, { verdict: 'not-happened' }), { code: 'RECONCILED_BEFORE' });
    const told = await noticed(stage, lost);
    t.match(told.content, [{ text: /run \S+\)\. It happened: .* says so .*Do not repeat it/ }]);
    t.equal(wordsOf(await stage.answer(lost)), 'Good to know.', 'the conversation goes on with it');
    t.equal((await stage.messages(checked)).length, 2, 'what a turn was told itself is not told again');
    t.match(await get(`/api/tasks/${unknown?.id}`, taskDetailSchema), {
      state: 'succeeded',
      history: [{ what: 'requested' }, { what: 'running' }, { what: 'unknown' }, { what: 'succeeded' }],
    });

    const writing = await stage.thread();
    const execution = await stage.say(writing, 'write');
    t.equal((await stage.answer(writing)).status, 'COMPLETED');
    const key = readFileSync(join(home.workspace, 'put-c.txt'), 'utf8');
    t.match(key, new RegExp(`^${execution}:\\d+:c-c$`), 'the key reaches the plugin');
    const [done] = (await get('/api/tasks?kind=directive', z.array(taskSchema))).filter(
      ({ canUndo }) => canUndo,
    );
    for (let twice = 0; twice < 2; twice++)
      t.equal((await send('POST', `/api/tasks/${done?.id}/undo`)).status, 200);
    while (!existsSync(join(home.workspace, 'effects-r.txt')))
      await new Promise((resolve) => setTimeout(resolve, 10));

    const found = await get('/api/timeline/verify', verificationSchema);
    t.match(found, { broken: null });
    t.same([...(await readEffects(home))].sort(), ['a', 'b', 'c', 'd', 'e'], 'each effect once');
  },
);
