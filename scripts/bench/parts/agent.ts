import { LLMock } from '@copilotkit/aimock';
import { z } from 'zod';
import { layKernel, startKernel, untilListed, type RunningKernel } from '../contenders/kernel.ts';
import { fillThread } from '../long-thread.ts';
import type { Plan } from '../plan.ts';
import type { PartResult } from '../report.ts';
import { Stage } from '../stage.ts';
import { median, quantile } from '../statistics.ts';

const toolCount = 50;
const history = 200;
const longThread = 10_000;
const warmUpTurns = 100;
const model = 'claude-sonnet-5';
const question = 'What now?';
const answer = 'The answer in a few words. '.repeat(4);

interface Timed {
  /** From the question to the first piece of the answer. */
  readonly firstMs: number;
  readonly endMs: number;
}

/** What a turn takes beside its model, with 50 tools and 200 messages before it, and how fast a long thread opens. */
export async function benchAgent(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const mock = await LLMock.create({ port: 0, host: '127.0.0.1' });
  stage.signal.addEventListener('abort', () => void mock.stop().catch(() => {}), { once: true });
  try {
    mock.onMessage(
      question,
      { content: answer, usage: { input_tokens: 9, output_tokens: 9 } },
      { chunkSize: 20 },
    );
    const places = layKernel(stage, 'agent', [{ name: 'many', tools: toolCount }]);
    const short = await fillThread(places.data, history, model, signal);
    const long = await fillThread(places.data, longThread, model, signal);
    const kernel = await startKernel(stage, places);
    await untilListed(kernel, toolCount, signal);
    const api = apiOf(kernel, signal);
    await api('PUT', '/api/settings/models.anthropic.apiKey', { value: 'a-key' });
    await api('PUT', '/api/settings/models.anthropic.baseUrl', { value: mock.url });
    await api('PUT', '/api/settings/models.default', { value: `anthropic/${model}` });
    const turns = await timeTurns(kernel, api, short, plan.turns, signal);
    const direct = await timeDirect(mock, plan.turns, signal);
    const opened = await timeOpening(api, long, plan.turns);
    return resultOf(turns, direct, opened);
  } finally {
    await mock.stop();
  }
}

function resultOf(turns: readonly Timed[], direct: readonly Timed[], opened: readonly number[]): PartResult {
  const ends = (timed: readonly Timed[]): readonly number[] => timed.map(({ endMs }) => endMs);
  const firsts = (timed: readonly Timed[]): readonly number[] => timed.map(({ firstMs }) => firstMs);
  const row = (name: string, timed: readonly Timed[]) => [
    name,
    median(firsts(timed)),
    quantile(firsts(timed), 0.95),
    median(ends(timed)),
    quantile(ends(timed), 0.95),
  ];
  return {
    tables: [
      {
        title: `A turn with ${toolCount} tools and ${history} messages before it`,
        columns: ['', 'first piece ms', 'p95', 'end ms', 'p95'],
        rows: [row('through Nexus', turns), row('the same request, direct', direct)],
      },
      {
        title: `Opening a thread of ${longThread.toLocaleString('en')} messages`,
        columns: ['', 'ms', 'p95'],
        rows: [['thread and its latest 100 messages', median(opened), quantile(opened, 0.95)]],
      },
    ],
    targets: [
      {
        name: "kernel's own time for a turn, ms",
        value: median(ends(turns)) - median(ends(direct)),
        limit: 15,
        rule: 'at most',
      },
      {
        name: 'added to the first piece of the answer, ms',
        value: median(firsts(turns)) - median(firsts(direct)),
        limit: 5,
        rule: 'at most',
      },
      { name: 'a long thread opens, p95 in ms', value: quantile(opened, 0.95), limit: 50, rule: 'at most' },
    ],
    data: { turns, direct, opened },
  };
}

type Api = (method: string, path: string, body?: unknown) => Promise<unknown>;

function apiOf({ url, token }: RunningKernel, signal: AbortSignal): Api {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return await response.json();
  };
}

const sentSchema = z.object({ message: z.object({ id: z.string() }) });

/** The same question each time, so that the history stays as long as it is. */
async function timeTurns(
  { url, token }: RunningKernel,
  api: Api,
  thread: string,
  turns: number,
  signal: AbortSignal,
): Promise<readonly Timed[]> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/threads/${thread}/events`, { headers, signal });
  const lines = linesOf(response);
  const timed: Timed[] = [];
  let path = `/api/threads/${thread}/messages`;
  for (let turn = 0; turn < turns + warmUpTurns; turn++) {
    const startedAt = performance.now();
    const content = [{ type: 'text', text: question }];
    const sent = api('POST', path, { content });
    const times = await until(lines, startedAt, 'event: text', '"state":"SUCCEEDED"');
    path = `/api/threads/${thread}/messages/${sentSchema.parse(await sent).message.id}/resend`;
    if (turn >= warmUpTurns) timed.push(times);
  }
  await response.body?.cancel().catch(() => {});
  return timed;
}

/** A request of the same size to the player itself. */
async function timeDirect(mock: LLMock, turns: number, signal: AbortSignal): Promise<readonly Timed[]> {
  const text = `Question: ${'some words to fill a line. '.repeat(8)}`;
  const body = JSON.stringify({
    model,
    max_tokens: 8_192,
    stream: true,
    system: text,
    tools: Array.from({ length: toolCount }, (_, index) => ({
      name: `many__tool_${index}`,
      description: text,
      input_schema: { type: 'object', properties: { text: { type: 'string', description: text } } },
    })),
    messages: [
      ...Array.from({ length: history }, (_, index) => ({
        role: index % 2 === 0 ? 'user' : 'assistant',
        content: [{ type: 'text', text }],
      })),
      { role: 'user', content: question },
    ],
  });
  const timed: Timed[] = [];
  for (let turn = 0; turn < turns + warmUpTurns; turn++) {
    const startedAt = performance.now();
    const headers = {
      'x-api-key': 'a-key',
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
    };
    const response = await fetch(`${mock.url}/v1/messages`, { method: 'POST', headers, body, signal });
    const times = await until(linesOf(response), startedAt, '"text_delta"', '"message_stop"');
    if (turn >= warmUpTurns) timed.push(times);
  }
  return timed;
}

async function timeOpening(api: Api, thread: string, times: number): Promise<readonly number[]> {
  const timed: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now();
    await Promise.all([api('GET', `/api/threads/${thread}`), api('GET', `/api/threads/${thread}/messages`)]);
    timed.push(performance.now() - startedAt);
  }
  return timed;
}

async function until(
  lines: AsyncGenerator<string>,
  startedAt: number,
  first: string,
  end: string,
): Promise<Timed> {
  let firstMs = Number.NaN;
  for (;;) {
    const { done, value } = await lines.next();
    if (done === true) throw new Error('the stream ended too soon');
    if (Number.isNaN(firstMs) && value.includes(first)) firstMs = performance.now() - startedAt;
    if (value.includes(end)) return { firstMs, endMs: performance.now() - startedAt };
  }
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (!response.ok || response.body === null) throw new Error(`it answered ${response.status}`);
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
