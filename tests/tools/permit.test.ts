import t from 'tap';
import { permit } from '../../runtime/tools/permit.ts';
import type { ToolEntry } from '../../runtime/contract/tools.ts';
import { draftManifest } from '../fixtures/host-stage.ts';
import { PlayedClient, readyClient } from '../fixtures/played-client.ts';

const entry: ToolEntry = {
  publicName: 'p__wipe',
  plugin: 'p',
  tool: 'wipe',
  definition: { name: 'p__wipe' },
  effect: 'irreversible',
  approval: 'always',
  manifest: draftManifest('p'),
};
const signal = new AbortController().signal;

await t.test('the person is told what would be run and with what', async (t) => {
  const client = new PlayedClient('a');
  const permitted = permit(entry, { path: '/tmp/x', deep: { a: [1] } }, client.channel, signal);
  const question = await client.question();
  const { requests } = question;
  t.match(requests, {
    approval: {
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: 'Run the irreversible tool "p__wipe" with {"path":"/tmp/x","deep":{"a":[1]}}?',
        requestedSchema: { type: 'object', properties: {} },
      },
    },
  });
  question.answer({ approval: { action: 'accept' } });
  await t.resolves(permitted);
});

await t.test(
  'arguments too long to show are said to be cut: nobody approves what is hidden unawares',
  async (t) => {
    const client = new PlayedClient('a');
    const args = { harmless: 'x'.repeat(5_000), path: '/' };
    const permitted = permit(entry, args, client.channel, signal);
    const question = await client.question();
    const { requests } = question;
    const message = String(requests['approval']?.params?.['message']);
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
      permit(entry, {}, channel, signal),
      { code: 'RUN_DENIED', data: { tool: 'p__wipe', reason: 'the user did not approve it' } },
      JSON.stringify(answer),
    );
  }
  const other = { ...readyClient('a', {}), answer: () => Promise.resolve({ other: { action: 'accept' } }) };
  await t.rejects(permit(entry, {}, other, signal), { code: 'RUN_DENIED' }, 'an answer to another question');
});

await t.test('a client that cannot ask is denied without being asked', async (t) => {
  for (const capabilities of [{}, { sampling: {} }, { elicitation: undefined }]) {
    const client = new PlayedClient('a', { capabilities });
    await t.rejects(permit(entry, {}, client.channel, signal), {
      code: 'RUN_DENIED',
      message: /cannot ask its user.*supports elicitation/,
    });
    t.same(client.asked, []);
  }
});

await t.test('when the question fails, so does the run, for that reason', async (t) => {
  const client = new PlayedClient('a');
  const permitted = permit(entry, {}, client.channel, signal);
  (await client.question()).refuse(new Error('the client left'));
  await t.rejects(permitted, { message: 'the client left' });
});
