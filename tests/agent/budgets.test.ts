import { LLMock } from '@copilotkit/aimock';
import t from 'tap';
import type { Change } from '../../runtime/contract/changes.ts';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { usageViewSchema } from '../../runtime/contract/usage.ts';
import { Scheduler } from '../../runtime/work/scheduler.ts';
import { openEdge } from '../fixtures/edge-stage.ts';
import { apiOf } from '../fixtures/kernel-api.ts';

const scope = operatorScope('test');
const model = 'anthropic/claude-sonnet-5';
const dollar = 1_000_000;
const minute = 60_000;

const mock = await LLMock.create({ port: 0, host: '127.0.0.1', strict: true });
t.teardown(() => mock.stop());
const stage = await openEdge(t, {});
const { kernel } = stage;
const { threads, executions, turns } = kernel.agent;
const api = apiOf(stage);
const set = (key: string, value: string | number | string[] | null) =>
  kernel.settings.change(scope, [{ key, value }]);
// An answer sets 8.19 dollars aside, and takes one.
for (const [key, value] of Object.entries({
  'models.anthropic.apiKey': 'key',
  'models.anthropic.baseUrl': mock.url,
  'models.default': model,
  'models.prices': [`${model} 0 1000`],
  'agent.subAgentsOpen': 100,
}))
  await set(key, value);
const usage = { input_tokens: 10, output_tokens: 1_000 };
const heard: Change[] = [];
t.teardown(kernel.changes.listen((changes) => heard.push(...changes)));

const spentBy = async (kind: string, subject: string): Promise<number> => {
  const { today } = await kernel.models.usage(scope, { by: 'model', since: 0 });
  return today.find((one) => one.kind === kind && one.subject === subject)?.spentMicros ?? 0;
};
/** Looks until it is so; tap's own time limit ends it when it never is. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
const isQuiet = async (): Promise<boolean> => (await executions.open(scope)).length === 0;
const view = () => api.get('/api/usage', usageViewSchema);
const alertsOf = async (kind: string, subject: string): Promise<readonly number[]> =>
  (await view()).alerts
    .filter((alert) => alert.kind === kind && alert.subject === subject)
    .map(({ percent }) => percent);

await t.test(
  'sub-agents that hand over without end are stopped by the budget of the thread above',
  async (t) => {
    // An answer takes what is set aside for it, so that it is the same how many are asked for at once: twelve fit.
    const whole = { usage: { input_tokens: 10, output_tokens: 8_000 } };
    await set('budgets.threadPerDay', 100);
    const args = JSON.stringify({ task: 'dig on', title: 'Dig' });
    const calls = ['one', 'two'].map((id) => ({ id, name: 'agent__delegate', arguments: args }));
    // Each hands over twice, and again when it hears what came of it.
    mock.on({ userMessage: /dig|has ended/, hasToolResult: false }, { toolCalls: calls, ...whole });
    mock.on(
      { predicate: ({ messages }) => messages.at(-1)?.role === 'user' && messages.length > 1 },
      { toolCalls: calls, ...whole },
    );
    mock.on({ hasToolResult: true }, { content: 'It is being dug.', ...whole });
    const { id: root } = await threads.create(scope, { assistant: 'nexus' });
    await turns.send(scope, root, [{ type: 'text', text: 'dig' }]);
    const { subAgents } = kernel.agent.persona;
    await until(async () => {
      const all = await subAgents.below(scope, root);
      return all.length > 0 && all.every(({ deliveredAt }) => deliveredAt !== null) && (await isQuiet());
    });

    const below = await subAgents.below(scope, root);
    t.ok(below.length >= 4, `${below.length} sub-agents`);
    const spent = await spentBy('thread', root);
    t.equal(spent, 96 * dollar);
    for (const { thread } of below)
      t.ok((await spentBy('thread', thread)) < 50 * dollar, 'none of them comes near it by itself');
    const last = (await threads.messages(scope, root, { limit: 100 })).at(-1);
    const why = new RegExp(`The budget of thread "${root}" is \\$100.*It renews at .*budgets\\.threadPerDay`);
    t.match(last, { status: 'FAILED', failedReason: why }, 'the person is told');
    t.ok(below.some(({ state }) => state === 'FAILED'));
    const alerts = await alertsOf('thread', root);
    t.equal(alerts[0], 100);
    t.equal(new Set(alerts).size, alerts.length, 'each is told once');
    t.ok(heard.some(({ type, id }) => type === 'alert' && id === `thread ${root}`));
    await set('budgets.threadPerDay', null);
  },
);

await t.test('a schedule that prompts every minute is stopped by the budget of its user', async (t) => {
  mock.clearFixtures();
  mock.onMessage('tick', { content: 'tock', usage });
  const before = await spentBy('user', 'operator');
  const limit = Math.ceil(before / dollar) + 20;
  await set('budgets.userPerDay', limit);
  const clock = { at: Math.ceil(Date.now() / minute) * minute, now: () => clock.at };
  const { work, newId, log } = kernel;
  const scheduler = new Scheduler({
    store: work.store.schedules,
    directives: work.directives,
    emit: (who, signal) => work.signals.emit(who, signal),
    problemOf: async () => null,
    interpret: () => Promise.reject(new Error('it is cron')),
    timeZone: 'UTC',
    clock,
    newId,
    log,
  });
  const action = { kind: 'prompt', text: 'tick', thread: null, assistant: 'nexus' } as const;
  const plan = { title: 'Tick', when: '* * * * *', timeZone: 'UTC', missed: 'once', action } as const;
  const { id, words } = await scheduler.propose(scope, plan);
  await scheduler.arm(scope, id, words);
  const answers = async () => {
    const all = (await threads.list(scope, { limit: 100 })).filter(({ title }) => title === 'Tick');
    const said = await Promise.all(all.map((thread) => threads.messages(scope, thread.id, { limit: 2 })));
    return said.flat().filter(({ role }) => role === 'assistant');
  };
  for (let fired = 1; fired <= 20; fired++) {
    clock.at += minute;
    await scheduler.tick();
    await until(async () => (await isQuiet()) && (await answers()).length === fired);
  }
  await scheduler.change(scope, id, 'remove');
  const all = await answers();
  const failed = all.filter((message) => message.status === 'FAILED');
  t.ok(failed.length >= 5 && failed.length <= 10, `${failed.length} of 20 were refused`);
  t.ok(all.every((message) => message.status === 'FAILED' || message.status === 'COMPLETED'));
  for (const message of failed)
    t.match(
      message.failedReason,
      /The budget of user "operator" is \$\d+.*It renews at .*budgets\.userPerDay/,
    );
  const spent = await spentBy('user', 'operator');
  t.ok(spent <= limit * dollar, `${spent / dollar} of ${limit} dollars`);
  t.equal((await alertsOf('user', 'operator'))[0], 100);
  t.ok(heard.some(({ type, id: what }) => type === 'alert' && what === 'user operator'));
});

await t.test('a price that is none is refused with the reason', async (t) => {
  const refused = await api.refused('PUT', '/api/settings/models.prices', { value: [`${model} a lot`] });
  t.match(refused, { status: 422, code: 'SETTING_INVALID', message: /two to four prices/ });
});
