import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import DatabaseFile from 'better-sqlite3';
import t from 'tap';
import { echoManifest } from '../fixtures/nexus-command.ts';
import { openChat, wordsOf } from '../fixtures/chat-stage.ts';
import { readServerEvents } from '../fixtures/server-events.ts';

const filesystem = {
  source: { plugin: join(import.meta.dirname, '../../plugins/filesystem') },
  permissions: { fs: { write: ['${workspace}'] } },
};

const stage = await openChat(t, {
  echo: { ...echoManifest, tools: { echo: { effect: 'read' } } },
  filesystem: { ...filesystem, tools: { write_file: { effect: 'irreversible' } } },
  guarded: { ...filesystem, tools: { write_file: { approval: 'always' } } },
});

await t.test('a question and its answer are on record', async (t) => {
  stage.mock.onMessage('hello', { content: 'Hello, person.' });
  const thread = await stage.thread();
  await stage.say(thread, 'hello');
  const answer = await stage.answer(thread);
  t.match(answer, { role: 'assistant', status: 'COMPLETED', model: 'anthropic/claude-sonnet-5' });
  t.equal(wordsOf(answer), 'Hello, person.');
  t.match(await stage.messages(thread), [{ role: 'user', status: 'COMPLETED' }, { role: 'assistant' }]);
});

await t.test('a tool that reads is run without asking, and its result is told to the model', async (t) => {
  stage.mock.onTurn(0, 'use it', {
    toolCalls: [{ id: 'c1', name: 'echo__echo', arguments: '{"text":"x"}' }],
  });
  stage.mock.onTurn(1, 'use it', { content: 'It said so.' });
  const thread = await stage.thread();
  await stage.say(thread, 'use it');
  const answer = await stage.answer(thread);
  t.equal(answer.failedReason, null);
  t.same(
    answer.content.map(({ type }) => type),
    ['tool_call', 'tool_result', 'text'],
  );
});

/** The answer of a turn that waited, once a person has answered. */
async function goneOn(thread: string) {
  while ((await stage.answer(thread)).status === 'WAITING') await wait(10);
  return await stage.answer(thread);
}

await t.test('what cannot be taken back waits for a person, over a crash, and is done once', async (t) => {
  const call = {
    name: 'filesystem__write_file',
    arguments: JSON.stringify({ path: 'a.txt', content: 'hi' }),
  };
  stage.mock.onTurn(0, 'write', { toolCalls: [{ id: 'c1', ...call }] });
  stage.mock.onTurn(1, 'write', { content: 'Written.' });
  const thread = await stage.thread();
  await stage.say(thread, 'write');
  t.equal((await stage.answer(thread)).status, 'WAITING');
  t.notOk(existsSync(join(stage.home.workspace, 'a.txt')));
  await stage.crash();
  const [approval] = await stage.approvals();
  t.match(approval, { state: 'PENDING', tool: 'filesystem__write_file', args: { path: 'a.txt' } });
  const path = `/api/approvals/${approval?.id}`;
  t.equal((await stage.send('POST', path, { decision: 'allow', args: { nonsense: true } })).status, 400);
  t.equal((await stage.send('POST', path, { decision: 'allow' })).status, 200);
  t.match(await stage.send('POST', path, { decision: 'deny' }), { status: 409 });
  const answer = await goneOn(thread);
  t.equal(answer.status, 'COMPLETED', String(answer.failedReason));
  t.equal(readFileSync(join(stage.home.workspace, 'a.txt'), 'utf8'), 'hi');
  t.equal(wordsOf(answer), 'Written.');
});

await t.test('what a person changed before it was run is told to the model', async (t) => {
  const call = {
    name: 'filesystem__write_file',
    arguments: JSON.stringify({ path: 'old.txt', content: 'hi' }),
  };
  stage.mock.onTurn(0, 'change it', { toolCalls: [{ id: 'c1', ...call }] });
  stage.mock.onTurn(1, 'change it', { content: 'As you like.' });
  const thread = await stage.thread();
  await stage.say(thread, 'change it');
  await stage.answer(thread);
  const approval = (await stage.approvals()).find(({ state }) => state === 'PENDING');
  const args = { path: 'new.txt', content: 'hi' };
  await stage.send('POST', `/api/approvals/${approval?.id}`, { decision: 'allow', args });
  const [, result] = (await goneOn(thread)).content;
  t.ok(existsSync(join(stage.home.workspace, 'new.txt')));
  t.match(result, { content: [{ text: /A person changed the arguments.*new\.txt/ }, { text: /Created/ }] });
});

await t.test('a denied call is told to the model with the reason', async (t) => {
  const call = {
    name: 'guarded__write_file',
    arguments: JSON.stringify({ path: 'b.txt', content: 'hi' }),
  };
  stage.mock.onTurn(0, 'put it there', { toolCalls: [{ id: 'c1', ...call }] });
  stage.mock.onTurn(1, 'put it there', { content: 'Then not.' });
  const thread = await stage.thread();
  await stage.say(thread, 'put it there');
  await stage.answer(thread);
  const approval = (await stage.approvals()).find(({ state }) => state === 'PENDING');
  await stage.send('POST', `/api/approvals/${approval?.id}`, { decision: 'deny', reason: 'not today' });
  const answer = await goneOn(thread);
  t.match(answer.content[1], { type: 'tool_result', isError: true, content: [{ text: /not today/ }] });
  t.notOk(existsSync(join(stage.home.workspace, 'b.txt')));
});

await t.test('arguments that do not fit are told to the model, which may try again', async (t) => {
  stage.mock.onTurn(0, 'try it', { toolCalls: [{ id: 'c1', name: 'echo__echo', arguments: '{}' }] });
  stage.mock.onTurn(1, 'try it', { content: 'I was wrong.' });
  const thread = await stage.thread();
  await stage.say(thread, 'try it');
  const answer = await stage.answer(thread);
  t.equal(answer.status, 'COMPLETED');
  t.match(answer.content[1], {
    type: 'tool_result',
    isError: true,
    content: [{ text: /ARGUMENTS_INVALID/ }],
  });
});

/** Lets statements on the records of turns fail while `act` runs, as a disk does. */
async function withBrokenRecords(
  broken: string,
  act: (db: DatabaseFile.Database) => Promise<void>,
): Promise<void> {
  const db = new DatabaseFile(join(stage.home.data, 'tenants/default/nexus.db'));
  db.exec(`CREATE TRIGGER broken ${broken} BEGIN SELECT raise(ABORT, 'the disk is broken'); END`);
  try {
    await act(db);
  } finally {
    db.exec('DROP TRIGGER broken');
    db.close();
  }
}

await t.test('a turn whose records cannot be written ends with the reason', async (t) => {
  stage.mock.onMessage('unwritten', { content: 'Lost.' });
  for (const broken of [
    `BEFORE INSERT ON execution_steps WHEN NEW.step ->> '$.kind' = 'routing'`,
    `BEFORE INSERT ON execution_steps WHEN NEW.step ->> '$.kind' = 'model_call'`,
    `BEFORE UPDATE OF assistant_version ON executions`,
    `BEFORE UPDATE OF state ON executions WHEN NEW.state = 'RUNNING'`,
  ]) {
    await withBrokenRecords(broken, async () => {
      const thread = await stage.thread();
      const told: string[] = [];
      for await (const { event, data } of readServerEvents(stage.kernel(), thread)) {
        if (event === 'reset') await stage.say(thread, 'unwritten');
        told.push(event);
        if (data['state'] === 'FAILED') break;
      }
      t.match(await stage.answer(thread), { status: 'FAILED', failedReason: /the disk is broken/ }, broken);
      const isBegun = broken.includes('model_call');
      t.equal(told.includes('text'), isBegun, 'nothing is told before the beginning is on record');
    });
  }
});

await t.test(
  'a turn whose end could not be written can be canceled, and says what may have happened',
  async (t) => {
    const call = { id: 'c1', name: 'echo__echo', arguments: '{"text":"x"}' };
    stage.mock.onMessage('unended', { toolCalls: [call] });
    const thread = await stage.thread();
    let execution = '';
    const results = `BEFORE INSERT ON execution_steps WHEN NEW.step ->> '$.kind' = 'tool_result'`;
    await withBrokenRecords(results, async (db) => {
      const started = db.prepare(
        `SELECT 1 FROM execution_steps WHERE execution_id = ? AND step ->> '$.kind' = 'tool_started'`,
      );
      execution = await stage.say(thread, 'unended');
      while (started.get(execution) === undefined) await wait(10);
      // Refused from when the turn is over.
      while ((await stage.send('POST', `/api/executions/${execution}/cancel`)).status !== 503) await wait(10);
    });
    t.match(await stage.send('POST', `/api/executions/${execution}/cancel`), { status: 204 });
    t.match((await stage.messages(thread)).at(-1), {
      status: 'CANCELED',
      content: [{ type: 'tool_call' }, { type: 'tool_result', content: [{ text: /not known whether/ }] }],
    });
  },
);

await t.test('without a model the answer says what to set', async (t) => {
  await stage.send('PUT', '/api/settings/models.default', { value: null });
  const thread = await stage.thread();
  await stage.say(thread, 'hello');
  t.match(await stage.answer(thread), {
    status: 'FAILED',
    failedReason: /MODEL_NOT_CONFIGURED.*nexus settings set/,
  });
});
