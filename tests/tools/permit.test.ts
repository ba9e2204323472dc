import t from 'tap';
import type { Approval } from '../../runtime/contract/approvals.ts';
import type { JsonObject } from '../../runtime/contract/plugins.ts';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { openApprovals } from '../fixtures/asking-stage.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';

const scope = operatorScope('test');
const stage = await openApprovals(t, { tools: { echo: { effect: 'irreversible', approval: 'always' } } });
const entry = stage.entry('echo');
const never = AbortSignal.any([]);
let runs = 0;

function permit(args: JsonObject, channel = new PlayedClient('a').channel, signal = never) {
  return stage.permits.permit(
    scope,
    { run: `run-${++runs}`, entry, args, client: 'some client' },
    channel,
    signal,
  );
}

/** The question that is on record once it was asked. */
async function pending() {
  const found = await stage.approvals.list(scope, { state: 'PENDING', limit: 1 });
  const [asked] = found;
  if (asked === undefined) throw new Error('nothing is asked');
  return asked;
}

function nextQuestion(): Promise<Approval> {
  return new Promise((resolve) => {
    const stop = stage.approvals.onAsk((asked) => {
      stop();
      resolve(asked);
    });
  });
}

await t.test('the person is told what would be run and with what, and it is on record before', async (t) => {
  const client = new PlayedClient('a');
  const permitted = permit({ path: '/tmp/x', deep: { a: [1] } }, client.channel);
  const question = await client.question();
  t.match(await pending(), { origin: 'call', execution: null, run: 'run-1', args: { path: '/tmp/x' } });
  t.match(question.requests, {
    approval: {
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: 'Run the irreversible tool "p__echo" with {"path":"/tmp/x","deep":{"a":[1]}}?',
        requestedSchema: { type: 'object', properties: {} },
      },
    },
  });
  question.answer({ approval: { action: 'accept' } });
  t.same(await permitted, { path: '/tmp/x', deep: { a: [1] } });
  t.match(await stage.approvals.list(scope, { limit: 1 }), [
    { state: 'ALLOWED', answeredBy: 'operator (some client)' },
  ]);
});

await t.test(
  'arguments too long to show are said to be cut: nobody approves what is hidden unawares',
  async (t) => {
    const client = new PlayedClient('a');
    const args = { harmless: 'x'.repeat(5_000), path: '/' };
    const permitted = permit(args, client.channel);
    const question = await client.question();
    const message = String(question.requests['approval']?.params?.['message']);
    t.ok(message.length < 2_500);
    t.match(message, `cut; ${JSON.stringify(args).length} characters in all`);
    question.answer({ approval: { action: 'accept' } });
    await permitted;
  },
);

await t.test('only a clear yes is a yes', async (t) => {
  const answers = [
    { action: 'decline' },
    { action: 'cancel' },
    { action: 'ACCEPT' },
    { action: true },
    { approved: true },
    'accept',
    null,
    undefined,
  ];
  for (const answer of answers) {
    const channel = { ...readyClient('a', {}), answer: () => Promise.resolve({ approval: answer }) };
    await t.rejects(
      permit({}, channel),
      { code: 'RUN_DENIED', data: { tool: 'p__echo', reason: 'the user did not approve it' } },
      JSON.stringify(answer),
    );
  }
  const other = { ...readyClient('a', {}), answer: () => Promise.resolve({ other: { action: 'accept' } }) };
  await t.rejects(permit({}, other), { code: 'RUN_DENIED' }, 'an answer to another question');
});

await t.test('a client that cannot ask is denied without being asked', async (t) => {
  for (const capabilities of [{}, { sampling: {} }, { elicitation: undefined }]) {
    const client = new PlayedClient('a', { capabilities });
    await t.rejects(permit({}, client.channel), {
      code: 'RUN_DENIED',
      message: /cannot ask its user.*supports elicitation/,
    });
    t.same(client.asked, []);
  }
  t.same(await stage.approvals.list(scope, { state: 'PENDING', limit: 1 }), []);
});

await t.test('when the question fails, so does the run, for that reason', async (t) => {
  const client = new PlayedClient('a');
  const permitted = permit({}, client.channel);
  (await client.question()).refuse(new Error('the client left'));
  await t.rejects(permitted, { message: 'the client left' });
  t.match(await stage.approvals.list(scope, { limit: 1 }), [{ state: 'EXPIRED', reason: /does not wait/ }]);
});

await t.test(
  'an answer from elsewhere counts as well, with the arguments it edited; the client is not asked any more',
  async (t) => {
    const client = new PlayedClient('a');
    const permitted = permit({ n: 1 }, client.channel);
    const question = await client.question();
    await stage.approvals.answer(scope, (await pending()).id, { decision: 'allow', args: { n: 2 } });
    t.same(await permitted, { n: 2 });
    t.ok(question.signal.aborted);
    question.answer({ approval: { action: 'decline' } });
    t.match(
      await stage.approvals.list(scope, { limit: 1 }),
      [{ state: 'ALLOWED', args: { n: 2 } }],
      'the first one',
    );
  },
);

await t.test('a client that cannot ask waits as long as the setting says', async (t) => {
  await stage.settings.change(scope, [{ key: 'approvals.waitSeconds', value: 600 }]);
  const silent = { ...readyClient('a', {}), capabilities: {} };
  const asked = nextQuestion();
  const allowed = permit({ n: 3 }, silent);
  await stage.approvals.answer(scope, (await asked).id, { decision: 'allow' });
  t.same(await allowed, { n: 3 });
  const next = nextQuestion();
  const denied = t.rejects(permit({ n: 4 }, silent), {
    code: 'RUN_DENIED',
    message: /nobody answered in time/,
  });
  await next;
  stage.clock.advance(600_000);
  await stage.approvals.list(scope, { limit: 1 });
  await denied;
  await stage.settings.change(scope, [{ key: 'approvals.waitSeconds', value: null }]);
});

await t.test('a lease lets a direct call pass, and is counted', async (t) => {
  const rules = { '/n': { equals: 5 } };
  await stage.leases.grant(scope, 'p__echo', { count: 1, hours: 1, arguments: rules });
  const silent = { ...readyClient('a', {}), capabilities: {} };
  t.same(await permit({ n: 5 }, silent), { n: 5 });
  await t.rejects(permit({ n: 5 }, silent), { code: 'RUN_DENIED' });
});
