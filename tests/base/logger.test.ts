import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openLog } from '../../runtime/base/logger.ts';

await t.test('lines of JSON in a file of mode 0600, in a folder made for it, secrets redacted', async (t) => {
  const file = join(t.testdir({}), 'not', 'yet', 'redacted.log');
  const { log, ...closing } = openLog(file);
  log.info({ plugin: 'p' }, 'a line');
  log.error({ err: new Error('broken') }, 'with token ghp_0123456789abcdefghijABCDEFGHIJ012345');
  log.info({ password: 'hunter2-hunter2' }, 'a field');
  await closing[Symbol.asyncDispose]();
  t.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  t.match(lines, [
    { level: 30, plugin: 'p', msg: 'a line' },
    { level: 50, err: { message: 'broken' }, msg: /^with token / },
    { level: 30, msg: 'a field' },
  ]);
  t.notMatch(text, 'ghp_0123456789');
  t.notMatch(text, 'hunter2');
  t.notMatch(text, '"hostname"', 'the machine is not named');
});

await t.test('a log is continued, and everything is written before it closes', async (t) => {
  const file = join(t.testdir({}), 'x.log');
  for (let time = 0; time < 2; time++) {
    await using opened = openLog(file);
    for (let line = 0; line < 5_000; line++) opened.log.info({ line }, 'some text to fill the buffer');
  }
  t.equal(readFileSync(file, 'utf8').trimEnd().split('\n').length, 10_000);
});

await t.test('closing at once, with nothing written, and lines after the close', async (t) => {
  const file = join(t.testdir({}), 'x.log');
  const { log, ...closing } = openLog(file);
  await closing[Symbol.asyncDispose]();
  t.equal(readFileSync(file, 'utf8'), '');
  t.doesNotThrow(() => log.info('late'), 'a late line ends nobody');
  await closing[Symbol.asyncDispose](); // twice is harmless
});

await t.test('a disk that takes no more ends nobody, neither now nor at the close', async (t) => {
  const { log, ...closing } = openLog('/dev/full');
  for (let line = 0; line < 3; line++) {
    log.info('lost');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  log.info('last');
  t.ok(log.isLevelEnabled('info'), 'what is said next is tried again');
  await closing[Symbol.asyncDispose]();
});
