import { join } from 'node:path';
import t from 'tap';
import { readEffects } from '../../fixtures/chaos-stage.ts';
import { openChat, wordsOf } from '../../fixtures/chat-stage.ts';
import { runNexus, talkToNexus } from '../../fixtures/nexus-command.ts';

// A person on a real terminal, and one in another window.
const server = join(import.meta.dirname, '../../fixtures/effects-plugin/server.mjs');
const stage = await openChat(t, {
  mail: {
    source: { command: 'node', args: [server], env: { PLUGIN_LABEL: 'mail' } },
    permissions: { fs: { write: ['${workspace}'] } },
    tools: { append: { effect: 'irreversible' } },
  },
});
const { mock, home } = stage;
const send = (text: string, mark: string): void => {
  const call = { id: `c-${mark}`, name: 'mail__append', arguments: JSON.stringify({ mark }) };
  mock.on({ userMessage: text, hasToolResult: false }, { toolCalls: [call] });
  mock.on({ userMessage: text, hasToolResult: true }, { content: `About ${text}: so it is.` });
};
const data = ['--data', home.data];
const prompt = /\n> /;
const question = /say why not: /;

await t.test('a question is shown whole, and answered here, edited, or from another window', async (t) => {
  const long = `${'a'.repeat(900)}\u202eEND`;
  send('/etc/first mail', long);
  send('second mail', 'two');
  send('third mail', 'three');
  const chat = talkToNexus(['chat', ...data]);
  await chat.sees(prompt);
  chat.types('/etc/first mail\r');
  const asked = await chat.sees(question);
  t.match(asked, /asked because +it is irreversible/);
  t.match(asked, new RegExp(`${'a'.repeat(900)}\\\\u202eEND`), 'to its end, and nothing hides in it');
  const [approval] = await stage.approvals();
  t.ok(asked.includes(String(approval?.id)), 'by its id');
  chat.types('\r');
  await chat.sees(question);
  chat.types('edit {"mark": 5}\r');
  await chat.sees(/ARGUMENTS_INVALID[^]*say why not: /);
  chat.types('edit {"mark": "one"}\r');
  await chat.sees(/About \/etc\/first mail: so it is\.[^]*> /);

  chat.types('second mail\r');
  await chat.sees(question);
  const [second] = (await stage.approvals()).filter(({ state }) => state === 'PENDING');
  await stage.send('POST', `/api/approvals/${second?.id}`, { decision: 'allow' });
  await chat.sees(/answered elsewhere[^]*About second mail: so it is\.[^]*> /);

  chat.types('third mail\r');
  await chat.sees(question);
  chat.types('not now\r');
  await chat.sees(/did not allow it: not now[^]*> /);
  chat.types('\u0004');
  t.equal(await chat.closed, 0);
  t.same(await readEffects(home), ['one', 'two']);
});

await t.test('what is typed while it answers is told to it, and Ctrl-C ends the answer', async (t) => {
  const slowly = { chunkSize: 6, latency: 20 };
  mock.onMessage('much to say', { content: 'word '.repeat(100) }, slowly);
  mock.onMessage('in short', { content: 'Words without end. '.repeat(80) }, slowly);
  const chat = talkToNexus(['chat', ...data]);
  const [, thread = ''] = /Thread (\S+)\./.exec(await chat.sees(prompt)) ?? [];
  chat.types('much to say\r');
  await chat.sees(/word word/);
  chat.types('in short\r');
  await chat.sees(/Words without end/);
  chat.types('\u0003');
  await chat.sees(/canceled: [^]*> /);
  const answer = await stage.answer(thread);
  t.match(answer, {
    status: 'CANCELED',
    content: [{ type: 'text' }, { type: 'steering', text: 'in short' }, {}],
  });
  t.match(wordsOf(answer), /^(?:word ){100}/);
  chat.types('\u0003');
  t.equal(await chat.closed, 0);
});

await t.test('who leaves in the middle of an answer leaves the conversation', async (t) => {
  mock.onMessage('and so on', { content: 'word '.repeat(100) }, { chunkSize: 6, latency: 20 });
  const chat = talkToNexus(['chat', ...data]);
  await chat.sees(prompt);
  chat.types('and so on\r');
  await chat.sees(/word word/);
  chat.types('\u0004');
  await chat.sees(/goes on without you/);
  t.equal(await chat.closed, 0);
});

await t.test('nothing is said by saying nothing', async (t) => {
  for (const words of [['chat'], ['chat', '  ']])
    t.match(await runNexus([...words, ...data], { input: ' \n' }), { code: 2, stderr: /nothing to say/ });
  const said = { content: [{ type: 'text', text: ' \n' }] };
  t.match(await stage.send('POST', `/api/threads/${await stage.thread()}/messages`, said), {
    status: 400,
    body: { error: { code: 'REQUEST_INVALID', message: /says nothing/ } },
  });
  for (const thread of [{ model: 'nonsense' }, { titel: 'x' }])
    t.match(await stage.send('POST', '/api/threads', thread), { status: 400 });
  const blank = { title: ' \u0000', when: '0 9 * * *', action: { kind: 'prompt', text: '  ' } };
  t.match(await stage.send('POST', '/api/schedules', blank), {
    status: 400,
    body: { error: { message: /title: says nothing[^]*text: says nothing/ } },
  });
  t.match(await stage.send('GET', '/api/timeline/verify?head=xyz'), { status: 400 });
});
