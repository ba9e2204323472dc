import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { ConsoleBuilder } from '../runtime/kernel-console.ts';
import { eventually } from './fixtures/edge-stage.ts';

const log = pino({ level: 'silent' });

/** A program in the place of Vite that writes what it is told to and counts how often it ran. */
const vite = `
import { appendFileSync, mkdirSync, writeFileSync, readFileSync } from 'node:fs';
const [, , , dir, , out] = process.argv;
appendFileSync(dir + '/../runs', 'x');
if (readFileSync(dir + '/main.js', 'utf8').includes('broken')) { console.error('it is broken'); process.exit(1); }
if (readFileSync(dir + '/main.js', 'utf8').includes('endless')) setInterval(() => {}, 1000);
else {
  mkdirSync(out + '/assets', { recursive: true });
  writeFileSync(out + '/index.html', 'page');
  writeFileSync(out + '/assets/main-abcdefgh.js', readFileSync(dir + '/main.js', 'utf8').repeat(500));
}`;

function stage(t: Test, hasVite = true) {
  // Not in a folder of the project, from where its own Vite would be found.
  const root = mkdtempSync(join(tmpdir(), 'nexus-console-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'console');
  mkdirSync(dir);
  const put = (text: string): void => writeFileSync(join(dir, 'main.js'), text);
  writeFileSync(join(dir, 'package.json'), '{}');
  put('one();');
  if (hasVite) {
    const folder = join(dir, 'node_modules', 'vite');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"version":"1.0.0","type":"module"}');
    writeFileSync(join(folder, 'bin', 'vite.js'), vite);
  }
  const open = () => new ConsoleBuilder({ dir, log });
  const runs = (): number => (existsSync(join(root, 'runs')) ? readFileSync(join(root, 'runs')).length : 0);
  return { dir, put, open, runs };
}

/** What it comes to. */
async function settled(builder: ConsoleBuilder) {
  await eventually(async () => (await builder.look()).state !== 'building');
  return await builder.look();
}

await t.test('it is built at the first look, once, and anew when its sources changed', async (t) => {
  const { dir, put, open, runs } = stage(t);
  {
    await using builder = open();
    t.equal(runs(), 0, 'nobody has looked');
    t.equal((await builder.look()).state, 'building');
    t.same(await settled(builder), { state: 'ready', dir: join(dir, 'dist') });
  }
  const built = join(dir, 'dist', 'assets', 'main-abcdefgh.js');
  t.match(readFileSync(built, 'utf8'), /^one/);
  t.equal(gunzipSync(readFileSync(`${built}.gz`)).toString(), readFileSync(built, 'utf8'));
  t.ok(existsSync(`${built}.br`));
  {
    await using builder = open();
    t.equal((await builder.look()).state, 'ready', 'at once');
    t.equal(runs(), 1);
  }
  put('two();');
  {
    await using builder = open();
    t.equal((await settled(builder)).state, 'ready');
    t.equal(runs(), 2);
    t.match(readFileSync(built, 'utf8'), /^two/);
  }
  t.same(
    readdirSync(dir).filter((name) => name.startsWith('dist')),
    ['dist'],
    'nothing is left over',
  );
});

await t.test('what cannot be built says why, and the build before it stays', async (t) => {
  const { dir, put, open } = stage(t);
  {
    await using builder = open();
    await settled(builder);
  }
  put('broken');
  await using builder = open();
  t.match(await settled(builder), { state: 'failed', reason: /exit code 1: it is broken/ });
  t.ok(existsSync(join(dir, 'dist', 'index.html')));
});

await t.test('a release has no builder: what is there is served', async (t) => {
  const { dir, open } = stage(t, false);
  await using builder = open();
  t.same(await builder.look(), { state: 'absent' });
  mkdirSync(join(dir, 'dist'));
  writeFileSync(join(dir, 'dist', 'index.html'), 'page');
  await using second = open();
  t.same(await second.look(), { state: 'ready', dir: join(dir, 'dist') });
  await using none = new ConsoleBuilder({ dir: undefined, log });
  t.same(await none.look(), { state: 'absent' });
});

await t.test('a kernel that stops ends its builder', async (t) => {
  const { put, open, runs } = stage(t);
  put('endless');
  const builder = open();
  await builder.look();
  await eventually(() => runs() === 1);
  await builder[Symbol.asyncDispose]();
  t.match(await builder.look(), { state: 'failed', reason: /SIGTERM/ });
});
