import t from 'tap';
import { ThreadPromptKind } from '../../runtime/work/thread-prompt.ts';
import { openWork, operator, runnerOf } from '../fixtures/work-stage.ts';

await t.test('a prompt begins one turn, however often it is carried out', async (t) => {
  const stage = await openWork(t);
  const { threads, executions } = stage.store.conversations(stage.newId);
  const kind = new ThreadPromptKind({
    threads,
    executions,
    send: (scope, thread, text, execution) =>
      threads.send(scope, thread, [{ type: 'text', text }], undefined, execution),
  });
  const runner = runnerOf(t, stage, { 'thread.prompt': kind });
  const payload = { text: 'Water the plants', thread: null, assistant: 'nexus', title: 'Plants' };
  const { id } = await runner.request(operator, { kind: 'thread.prompt', payload, key: 'one' });
  await runner.idle();
  const done = await stage.work.directives.get(operator, id);
  t.match(done, { state: 'succeeded', result: { execution: id } });
  if (done === null) throw new Error('it is not there');
  // As after a kill between the turn and the end of the directive.
  t.match(await kind.recover(operator, done), { state: 'succeeded' });
  t.match(await kind.run(operator, done), { state: 'succeeded', result: done.result ?? {} });
  const all = await threads.list(operator, { limit: 10 });
  t.match(all, [{ title: 'Plants', assistant: 'nexus' }]);
  const said = await threads.messages(operator, all[0]?.id ?? '', { limit: 10 });
  t.match(said, [
    { role: 'user', content: [{ text: 'Water the plants' }] },
    { role: 'assistant', execution: id },
  ]);
  t.equal(said.length, 2);
  const gone = { ...payload, thread: 'nowhere' };
  const lost = await runner.request(operator, { kind: 'thread.prompt', payload: gone, key: 'two' });
  await runner.idle();
  t.match(await stage.work.directives.get(operator, lost.id), { state: 'failed', reason: /no thread/ });
});
