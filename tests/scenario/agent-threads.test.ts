import { isDeepStrictEqual } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { z } from 'zod';
import { sentSchema } from '../../runtime/contract/chat-api.ts';
import { memorySchema } from '../../runtime/contract/memories.ts';
import { threadSchema, type Message } from '../../runtime/contract/threads.ts';
import { openChat, wordsOf } from '../fixtures/chat-stage.ts';
import { echoManifest } from '../fixtures/nexus-command.ts';
import { readServerEvents, type HeardEvent } from '../fixtures/server-events.ts';

// Conversations as a client sees them, through one kernel that is killed in the end.
const stage = await openChat(t, { echo: { ...echoManifest, tools: { echo: { approval: 'always' } } } });
const { mock } = stage;
const long = Array.from({ length: 80 }, (_, index) => `word${index} `).join('');
const slowly = { chunkSize: 6, latency: 10 };
const usage = { input_tokens: 11, output_tokens: 5 };

/** Reads events until one that `isLast` names, and stays connected. */
async function until(
  events: AsyncGenerator<HeardEvent>,
  isLast: (event: string, data: Readonly<Record<string, unknown>>) => boolean,
): Promise<void> {
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) throw new Error('the events ended');
    if (isLast(value.event, value.data)) return;
  }
}
const isText = (event: string): boolean => event === 'text';
const hasEnded = (event: string, data: Readonly<Record<string, unknown>>): boolean =>
  event === 'state' && data['state'] !== 'RUNNING';
const cancel = async (execution: string): Promise<void> => {
  const { url, token } = stage.kernel();
  const headers = { authorization: `Bearer ${token}` };
  await fetch(`${url}/api/executions/${execution}/cancel`, { method: 'POST', headers });
};
const userMessage = (messages: readonly Message[], text: string): string =>
  messages.find((message) => message.role === 'user' && wordsOf(message) === text)?.id ?? '';

await t.test('a client that hangs up and comes back hears everything once', async (t) => {
  mock.onMessage('hang up', { content: long, usage }, slowly);
  const thread = await stage.thread();
  const { body } = await stage.send('POST', `/api/threads/${thread}/messages`, {
    content: [{ type: 'text', text: 'hang up' }],
  });
  let last = z.object({ lastEvent: z.string() }).parse(body).lastEvent;
  const deltas: string[] = [];
  const steps: unknown[] = [];
  let connections = 0;
  for (let isOver = false; !isOver;) {
    connections++;
    let heard = 0;
    for await (const { id, event, data } of readServerEvents(stage.kernel(), thread, last)) {
      t.not(event, 'reset');
      if (event === 'text') deltas.push(String(data['delta']));
      if (event === 'step') steps.push(data['position']);
      last = id ?? last;
      isOver = hasEnded(event, data);
      if (isOver || ++heard === 9) break;
    }
  }
  t.ok(connections > 5, `${connections} connections`);
  t.equal(deltas.join(''), long);
  t.same(steps, [0, 1]);
});

await t.test('a client that comes in the middle begins with what was said', async (t) => {
  mock.onMessage('in the middle', { content: long, usage }, slowly);
  const thread = await stage.thread();
  const first = readServerEvents(stage.kernel(), thread);
  await first.next();
  await stage.say(thread, 'in the middle');
  for (let texts = 0; texts < 10;) if ((await first.next()).value?.event === 'text') texts++;
  let text = '';
  for await (const { event, data } of readServerEvents(stage.kernel(), thread)) {
    if (event === 'reset') {
      t.match(data, { messages: [{ role: 'assistant', status: 'PROCESSING', content: [] }] });
      text = z.object({ partial: z.object({ text: z.string() }) }).parse(data).partial.text;
      t.ok(text.length > 0 && text.length < long.length);
    }
    if (event === 'text') text += String(data['delta']);
    if (hasEnded(event, data)) break;
  }
  t.equal(text, long);
  await first.return(undefined);
});

await t.test('what a person says into an answer is told to the model after it', async (t) => {
  mock.onMessage('tell me', { content: long, usage }, slowly);
  mock.onMessage('in short', { content: 'Words.', usage });
  const thread = await stage.thread();
  const events = readServerEvents(stage.kernel(), thread);
  await events.next();
  await stage.say(thread, 'tell me');
  await until(events, isText);
  const steer = { content: [{ type: 'text', text: 'in short' }], steer: true };
  t.match(await stage.send('POST', `/api/threads/${thread}/messages`, steer), { body: { execution: null } });
  await until(events, hasEnded);
  await events.return(undefined);
  const answer = await stage.answer(thread);
  t.match(answer.content, [{ text: long }, { type: 'steering', text: 'in short' }, { text: 'Words.' }]);
  t.match(await stage.send('POST', `/api/threads/${thread}/messages`, steer), {
    body: { execution: String },
  });
  await stage.answer(thread);
});

await t.test('a turn that is canceled keeps what was said', async (t) => {
  mock.onMessage('too much', { content: long, usage }, slowly);
  const thread = await stage.thread();
  const events = readServerEvents(stage.kernel(), thread);
  await events.next();
  const execution = await stage.say(thread, 'too much');
  await until(events, isText);
  await cancel(execution);
  await until(events, hasEnded);
  await events.return(undefined);
  const answer = await stage.answer(thread);
  t.match(answer, { status: 'CANCELED', usage: { modelCalls: 1, isEstimated: true } });
  t.ok(wordsOf(answer).length > 0 && long.startsWith(wordsOf(answer)));
});

await t.test('a turn that waits for a person hears what is said, and can be canceled', async (t) => {
  const call = { name: 'echo__echo', arguments: '{"text":"x"}', id: 'c1' };
  mock.onMessage('may it', { toolCalls: [call], usage });
  const thread = await stage.thread();
  const events = readServerEvents(stage.kernel(), thread);
  await events.next();
  const execution = await stage.say(thread, 'may it');
  await until(events, hasEnded);
  // Sent side by side, they come in any order.
  const words = ['rather not', 'no', 'never'];
  const tell = (text: string) =>
    stage.send('POST', `/api/threads/${thread}/messages`, {
      content: [{ type: 'text', text }],
      steer: true,
    });
  for (const told of await Promise.all(words.map(tell))) t.match(told, { body: { execution: null } });
  const heard: unknown[] = [];
  await until(events, (event, data) => event === 'step' && heard.push(data['step']) === words.length);
  for (const text of words) t.ok(heard.some((step) => isDeepStrictEqual(step, { kind: 'steering', text })));
  await cancel(execution);
  await until(events, (event, data) => event === 'state' && data['state'] === 'CANCELED');
  await events.return(undefined);
  t.match(await stage.answer(thread), { status: 'CANCELED', content: [{ type: 'tool_call' }, {}, {}, {}] });
});

await t.test('limits of a turn end it with words', async (t) => {
  await stage.send('PUT', '/api/settings/agent.maxOutputTokens', { value: 5 });
  mock.onMessage('limited', { toolCalls: [{ name: 'nothing', arguments: '{}', id: 'c1' }], usage });
  const thread = await stage.thread();
  await stage.say(thread, 'limited');
  t.match(await stage.answer(thread), {
    status: 'FAILED',
    failedReason: /TURN_STOPPED: .*models wrote 5 tokens.*agent\.maxOutputTokens/,
  });
  await stage.send('PUT', '/api/settings/agent.maxOutputTokens', { value: null });
});

await t.test('an edited message takes the place of what followed it', async (t) => {
  mock.onMessage('first', { content: 'One.', usage });
  mock.onMessage('second', { content: 'Two.', usage });
  mock.onMessage('third', { content: 'Three.', usage });
  const thread = await stage.thread();
  for (const text of ['first', 'second']) {
    await stage.say(thread, text);
    await stage.answer(thread);
  }
  const old = userMessage(await stage.messages(thread), 'second');
  const path = `/api/threads/${thread}/messages/${old}/resend`;
  const edited = { content: [{ type: 'text', text: 'third' }] };
  t.match(await stage.send('POST', path, edited), { status: 202, body: { message: { replaces: old } } });
  t.equal(wordsOf(await stage.answer(thread)), 'Three.');
  t.same((await stage.messages(thread)).map(wordsOf), ['first', 'One.', 'third', 'Three.']);
  t.match(await stage.send('POST', path, {}), { status: 404, body: { error: { code: 'MESSAGE_UNKNOWN' } } });
  const trashed = await stage.send('GET', `/api/threads/${thread}/messages?deleted=true`);
  t.match(trashed.body, [{ id: old }, { role: 'assistant' }]);
  const again = userMessage(await stage.messages(thread), 'third');
  await stage.send('POST', `/api/threads/${thread}/messages/${again}/resend`, {});
  t.equal(wordsOf(await stage.answer(thread)), 'Three.', 'as it was');
  for (const text of ['forget this', 'and that']) {
    const { body } = await stage.send('POST', '/api/memories', { text, scope: 'user' });
    await stage.send('DELETE', `/api/memories/${memorySchema.parse(body).id}`);
  }
  t.match(await stage.send('POST', '/api/purge', { of: 'threads', chunk: 1 }), { body: { purged: 4 } });
  t.match((await stage.send('GET', '/api/memories?deleted=true')).body, [{}, {}], 'memories stay');
  t.match(await stage.send('POST', '/api/purge', { chunk: 1 }), { body: { purged: 2 } });
  t.match((await stage.send('GET', '/api/memories?deleted=true')).body, []);
  t.match((await stage.send('GET', `/api/threads/${thread}/messages?deleted=true`)).body, []);
});

await t.test('a turn done again says again what the person had said', async (t) => {
  mock.onMessage(/^once|^twice/, { content: 'Yes.', usage });
  const thread = await stage.thread();
  const file = { type: 'attachment', name: 'a.csv', text: 'north;blue' } as const;
  const path = `/api/threads/${thread}/messages`;
  const turns: string[] = [];
  for (const content of [[{ type: 'text', text: 'once' }, file], [{ type: 'text', text: 'twice' }]]) {
    const { body } = await stage.send('POST', path, { content });
    turns.push(sentSchema.parse(body).execution ?? '');
    await stage.answer(thread);
  }
  for (const turn of turns.toReversed()) {
    const { status, body } = await stage.send('POST', `/api/tasks/${turn}/retry`);
    t.match({ status, body }, { status: 200, body: { kind: 'execution', thread } });
    await stage.answer(thread);
  }
  const said = (await stage.messages(thread)).filter(({ role }) => role === 'user');
  t.same(said.map(wordsOf), ['once', 'twice', 'twice', 'once']);
  t.same(said.at(-1)?.content.at(-1), file, 'with what was given');
});

await t.test('a thread in the trash takes no messages', async (t) => {
  mock.onMessage('in the trash', { content: 'Here.', usage });
  const thread = await stage.thread();
  const path = `/api/threads/${thread}`;
  const said = { content: [{ type: 'text', text: 'in the trash' }] };
  await stage.send('DELETE', path);
  const refused = { status: 409, body: { error: { code: 'THREAD_TRASHED', message: /\/restore/ } } };
  t.match(await stage.send('POST', `${path}/messages`, said), refused);
  t.same(await stage.messages(thread), []);
  await stage.send('POST', `${path}/restore`);
  t.match(await stage.send('POST', `${path}/messages`, said), { status: 202 });
  await stage.answer(thread);
});

await t.test('titles, files and exports', async (t) => {
  mock.on({ systemMessage: 'Write a title' }, { content: '"Colours of the sea."', usage });
  mock.onMessage('look at it', { content: 'It is ```blue```.', usage });
  const title = async (thread: string): Promise<string | null> => {
    for (;;) {
      const { title: found } = threadSchema.parse((await stage.send('GET', `/api/threads/${thread}`)).body);
      if (found !== null) return found;
      await wait(10);
    }
  };
  const first = await stage.thread();
  await stage.say(first, `look at it ${'and at '.repeat(20)}`);
  t.equal(await title(first), 'look at it and at and at and at and at and at and at and at…');
  await stage.send('PUT', '/api/settings/models.fast', { value: 'openai/gpt-5-mini' });
  const thread = await stage.thread();
  const content = [
    { type: 'text', text: 'look at it' },
    { type: 'attachment', name: 'sea.csv', text: 'north;blue' },
  ];
  await stage.send('POST', `/api/threads/${thread}/messages`, { content });
  t.match(await stage.answer(thread), { model: 'openai/gpt-5-mini', routing: { by: 'router' } });
  t.match(JSON.stringify(mock.getRequests()), /north;blue/);
  t.equal(await title(thread), 'Colours of the sea');
  let disposition = '';
  const exported = async (format: string): Promise<string> => {
    const { url, token } = stage.kernel();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}/api/threads/${thread}/export?format=${format}`, { headers });
    disposition = answer.headers.get('content-disposition') ?? '';
    return await answer.text();
  };
  const markdown = await exported('markdown');
  t.match(markdown, /^# Colours of the sea\n\n## You, 20/);
  t.equal(disposition, 'attachment; filename="Colours of the sea.md"');
  t.match(markdown, /\*sea\.csv\*\n\n```\nnorth;blue\n```/);
  const messages = await stage.messages(thread);
  t.match(JSON.parse(await exported('json')), { thread: { id: thread }, messages });
  await stage.send('PATCH', `/api/threads/${thread}`, { title: '../Meer: "Blau" \u202egnp.exe ä' });
  await exported('markdown');
  t.match(disposition, `filename*=UTF-8''Meer%20Blau%20gnp.exe%20%C3%A4.md`);
});

await t.test('after a kernel that was killed a client begins with what is stored', async (t) => {
  mock.onMessage('go on', { content: long, usage }, slowly);
  const thread = await stage.thread();
  const events = readServerEvents(stage.kernel(), thread);
  await events.next();
  await stage.say(thread, 'go on');
  let last = '';
  for await (const { id, event } of events) {
    last = id ?? '';
    if (event === 'text') break;
  }
  await stage.crash();
  let text = '';
  for await (const { event, data } of readServerEvents(stage.kernel(), thread, last)) {
    if (event === 'reset') {
      const reset = z
        .object({
          messages: z.array(z.object({ role: z.string(), content: z.array(z.object({ text: z.string() })) })),
          partial: z.object({ text: z.string() }).nullable(),
        })
        .parse(data);
      const stored = reset.messages.at(-1)?.content.map((block) => block.text) ?? [];
      text = stored.join('') + (reset.partial?.text ?? '');
      if (stored.length > 0) break;
    }
    if (event === 'text') text += String(data['delta']);
    if (hasEnded(event, data)) break;
  }
  t.equal(text, long, 'once, from the beginning');
  t.match(await stage.answer(thread), { status: 'COMPLETED', usage: { modelCalls: 1 } });
});
