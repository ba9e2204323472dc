import { appendFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { openLog } from '../../runtime/base/logger.ts';
import type { LogEntry, LogQuery } from '../../runtime/contract/logs.ts';
import { LogFiles } from '../../runtime/logs/log-files.ts';

const line = (n: number, more: object = {}): string =>
  `${JSON.stringify({ level: 30, time: 1_000 + n, n, msg: `line ${n}`, ...more })}\n`;
const query = (more: Partial<LogQuery> = {}): LogQuery => ({ level: 'debug', limit: 100, ...more });

function logOf(t: Test): { file: string; logs: LogFiles } {
  const file = join(t.testdir({}), 'x.log');
  return { file, logs: new LogFiles({ files: [file, `${file}.1`], onLine: () => () => {} }) };
}

async function allPages(logs: LogFiles, more: Partial<LogQuery>): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let before: string | null | undefined; before !== null;) {
    const page = await logs.page(query({ ...more, ...(before === undefined ? {} : { before }) }));
    entries.push(...page.entries);
    before = page.next;
  }
  return entries;
}

await t.test('page by page backwards, over both files, each line once', async (t) => {
  const { file, logs } = logOf(t);
  writeFileSync(
    `${file}.1`,
    Array.from({ length: 3_000 }, (_, n) => line(n, { pad: 'x'.repeat(60) })).join(''),
  );
  writeFileSync(file, Array.from({ length: 500 }, (_, n) => line(3_000 + n)).join(''));
  const entries = await allPages(logs, { limit: 170 });
  t.equal(entries.length, 3_500);
  t.same(
    entries.map(({ text }) => text),
    Array.from({ length: 3_500 }, (_, n) => `line ${3_499 - n}`),
  );
  t.same(entries[0], {
    id: '4499.3499',
    at: 4_499,
    level: 'info',
    component: 'kernel',
    plugin: null,
    text: 'line 3499',
    data: {},
  });
});

await t.test('a page goes on in its file when that got another name', async (t) => {
  const { file, logs } = logOf(t);
  writeFileSync(file, [1, 2, 3, 4].map((n) => line(n)).join(''));
  const first = await logs.page(query({ limit: 2 }));
  renameSync(file, `${file}.1`);
  writeFileSync(file, line(5));
  const second = await logs.page(query({ limit: 2, before: first.next ?? '' }));
  t.same(
    [...first.entries, ...second.entries].map(({ text }) => text),
    ['line 4', 'line 3', 'line 2', 'line 1'],
  );
  const gone = await logs.page(query({ before: '1.10' }));
  t.same(gone, { entries: [], next: null }, 'a file that is no more is the end');
});

await t.test('filters', async (t) => {
  const { file, logs } = logOf(t);
  writeFileSync(
    file,
    [
      line(1, { level: 20 }),
      line(2, { level: 50, plugin: 'github', msg: 'Bad Credentials' }),
      line(3, { level: 40, component: 'models' }),
      line(4, { level: 60 }),
      'torn {"level\n',
    ].join(''),
  );
  const found = async (more: Partial<LogQuery>) =>
    (await logs.page(query(more))).entries.map(({ text }) => text);
  t.same(await found({ level: 'warn' }), ['line 4', 'line 3', 'Bad Credentials']);
  t.same(await found({ plugin: 'github' }), ['Bad Credentials']);
  t.same(await found({ component: 'plugin' }), ['Bad Credentials']);
  t.same(await found({ component: 'models' }), ['line 3']);
  t.same(await found({ text: 'bad cred' }), ['Bad Credentials']);
  t.same(await found({ text: 'torn' }), ['torn {"level']);
});

await t.test('a log in which nothing fits is read in parts', async (t) => {
  const { file, logs } = logOf(t);
  const long = line(1, { pad: 'x'.repeat(1_000_000) });
  for (let n = 0; n < 12; n += 1) appendFileSync(file, long);
  const page = await logs.page(query({ plugin: 'none' }));
  t.same(page.entries, []);
  t.not(page.next, null, 'it is not the end');
  t.same(await allPages(logs, { plugin: 'none' }), []);
});

await t.test('what is written is heard at once, and read whole', async (t) => {
  const file = join(t.testdir({}), 'x.log');
  await using opened = openLog(file);
  const logs = new LogFiles(opened);
  const heard: string[] = [];
  const stop = logs.follow({ level: 'warn', plugin: 'p' }, ({ text }) => heard.push(text));
  opened.log.error({ plugin: 'p' }, 'broken');
  opened.log.info({ plugin: 'p' }, 'fine');
  opened.log.error({ plugin: 'other' }, 'also broken');
  stop();
  opened.log.error({ plugin: 'p' }, 'too late');
  t.same(heard, ['broken']);
  const models = opened.part('models');
  opened.log.level = 'error';
  models.info('the level is that of the whole');
  models.error('told');
  await opened[Symbol.asyncDispose]();
  const { entries } = await logs.page(query({ component: 'models' }));
  t.same(
    entries.map(({ text }) => text),
    ['told'],
  );
  t.equal((await buffer(logs.text())).length, statSync(file).size);
});

await t.test('a log that is there counts for its limit', async (t) => {
  const file = join(t.testdir({}), 'x.log');
  writeFileSync(file, 'x'.repeat(16 * 1024 * 1024));
  await using opened = openLog(file);
  opened.log.info('the first line of a new file');
  await opened[Symbol.asyncDispose]();
  t.equal(statSync(`${file}.1`).size, 16 * 1024 * 1024);
  t.ok(statSync(file).size < 1_000);
});
