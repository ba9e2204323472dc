import t from 'tap';
import { z } from 'zod';
import { runSchema } from '../../runtime/contract/api.ts';
import { scheduleViewSchema } from '../../runtime/contract/schedules.ts';
import { taskSchema } from '../../runtime/contract/tasks.ts';
import { openChat } from '../fixtures/chat-stage.ts';
import { apiOf } from '../fixtures/kernel-api.ts';

const plan = (when: string) => ({
  title: 'x',
  when,
  timeZone: 'UTC',
  action: { kind: 'prompt', text: 'hi' },
});

await t.test(
  'the assistant proposes a schedule in its thread, and a person arms what it says in words',
  async (t) => {
    const stage = await openChat(t);
    const { mock } = stage;
    const args = {
      title: 'Plants',
      when: '0 9 * * 1',
      timeZone: 'Europe/Berlin',
      prompt: 'Water the plants',
    };
    mock.on(
      { userMessage: 'remind', hasToolResult: false },
      { toolCalls: [{ id: 'c1', name: 'scheduler__propose', arguments: JSON.stringify(args) }] },
    );
    mock.on({ userMessage: 'remind', hasToolResult: true }, { content: 'Please confirm it.' });
    const thread = await stage.thread();
    await stage.say(thread, 'remind me');
    const answer = await stage.answer(thread);
    t.equal(answer.status, 'COMPLETED', String(answer.failedReason));
    t.match(JSON.stringify(answer.content), /Proposed, not armed: .*At 09:00, only on Monday/);

    const { get, send, refused } = apiOf(stage.kernel());
    const [proposed] = await get('/api/schedules', z.array(scheduleViewSchema));
    t.match(proposed, {
      state: 'proposed',
      nextAt: Number,
      action: { kind: 'prompt', thread },
      upcoming: [Number],
    });
    t.match(await get('/api/runs', z.array(runSchema)), [
      { plugin: 'scheduler', tool: 'propose', state: 'SUCCEEDED' },
    ]);
    const path = `/api/schedules/${proposed?.id}`;
    t.match(await refused('POST', `${path}/arm`, { words: 'Every minute' }), { code: 'SCHEDULE_STATE' });
    t.match(await send('POST', `${path}/arm`, { words: proposed?.words }), {
      status: 200,
      body: { state: 'armed' },
    });
    t.match(await send('POST', `${path}/pause`), { body: { state: 'paused' } });
    t.match(await send('DELETE', path), { body: { state: 'removed' } });
    t.match(await refused('POST', `${path}/pause`), { code: 'SCHEDULE_UNKNOWN' });
  },
);

await t.test('words become cron by the model; what it does not understand is refused', async (t) => {
  const stage = await openChat(t);
  stage.mock.onMessage('every Monday at 9', { content: '0 9 * * 1' });
  stage.mock.onMessage('when pigs fly', { content: 'NONE' });
  const { send, refused, get } = apiOf(stage.kernel());
  t.match(await send('POST', '/api/schedules', plan('every Monday at 9')), {
    status: 201,
    body: { state: 'proposed', cron: '0 9 * * 1', words: 'At 09:00, only on Monday (UTC)' },
  });
  t.match(await refused('POST', '/api/schedules', plan('when pigs fly')), {
    status: 422,
    code: 'SCHEDULE_INVALID',
  });
  t.match(await refused('POST', '/api/schedules', plan('61 9 * * 1')), {
    status: 422,
    code: 'SCHEDULE_INVALID',
  });

  const made = await send('POST', '/api/threads', {});
  const thread = z.object({ id: z.string() }).parse(made.body).id;
  const inThread = { ...plan('0 9 * * 1'), action: { kind: 'prompt', text: 'hi', thread } };
  const proposed = scheduleViewSchema.parse((await send('POST', '/api/schedules', inThread)).body);
  await send('DELETE', `/api/threads/${thread}`);
  for (const [action, problem] of [
    [{ kind: 'tool', tool: 'nobody__has' }, /no tool "nobody__has"/],
    [{ kind: 'tool', tool: 'scheduler__propose', args: { title: 1 } }, /scheduler__propose/],
    [{ kind: 'prompt', text: 'hi', thread: 'nowhere' }, /no thread "nowhere"/],
    [{ kind: 'prompt', text: 'hi', thread }, /in the trash/],
    [{ kind: 'prompt', text: 'hi', assistant: 'nobody' }, /nobody/],
  ] as const) {
    const answer = await refused('POST', '/api/schedules', { ...plan('0 9 * * 1'), action });
    t.match(answer, { status: 422, code: 'SCHEDULE_ACTION', message: problem });
  }
  const arm = await refused('POST', `/api/schedules/${proposed.id}/arm`, { words: proposed.words });
  t.match(
    arm,
    { code: 'SCHEDULE_ACTION', message: /in the trash/ },
    'also what was there when it was proposed',
  );
  t.same(await get('/api/tasks', z.array(taskSchema)), [], 'nothing is to be done before it is armed');
});
