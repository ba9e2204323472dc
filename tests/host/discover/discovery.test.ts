import { spawnSync } from 'node:child_process';
import { once, EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { discover, type Discovery } from '../../../runtime/host/discover/discovery.ts';
import type { ManifestChange } from '../../../runtime/host/discover/manifest-folder.ts';

const sound = (script: string): string => JSON.stringify({ source: { command: 'node', args: [script] } });

interface Live {
  readonly dir: string;
  readonly discovery: Discovery;
  /** The next announcement, as "kind name" each. */
  readonly next: () => Promise<string[]>;
  readonly announced: string[][];
}

async function live(t: Test, files: Record<string, string>): Promise<Live> {
  const dir = t.testdir(files);
  const events = new EventEmitter();
  const announced: string[][] = [];
  const discovery = await discover({
    manifestsDir: dir,
    onChange: (changes: readonly ManifestChange[]) => {
      announced.push(changes.map(({ kind, name }) => `${kind} ${name}`));
      events.emit('change');
    },
    onError: (error) => t.fail('watching failed', { error }),
  });
  t.teardown(() => discovery[Symbol.asyncDispose]());
  await discovery.watch();
  const next = async (): Promise<string[]> => {
    await once(events, 'change', { signal: AbortSignal.timeout(10_000) });
    return announced.at(-1) ?? [];
  };
  return { dir, discovery, next, announced };
}

await t.test('the folder is made when it is absent', async (t) => {
  const dir = join(t.testdir({}), 'not', 'yet');
  await using discovery = await discover({ manifestsDir: dir, onChange: () => {}, onError: () => {} });
  t.same(discovery.entries(), []);
  t.same(readdirSync(dir), []);
});

await t.test('a file where the folder should be is an error that names the option', async (t) => {
  const manifestsDir = join(t.testdir({ file: '' }), 'file', 'manifests');
  const opening = discover({ manifestsDir, onChange: () => {}, onError: () => {} });
  await t.rejects(opening, { code: 'CONFIG_INVALID', data: { option: 'manifests' } });
});

await t.test('what is no file is announced live too, and does not hold up the others', async (t) => {
  const { dir, discovery, next } = await live(t, { 'first.json': sound('a.js') });
  const makers: Record<string, (path: string) => void> = {
    folder: (path) => mkdirSync(path),
    pipe: (path) => spawnSync('mkfifo', [path]),
    dangling: (path) => symlinkSync(join(dir, 'nowhere'), path),
  };
  for (const [name, make] of Object.entries(makers)) {
    const announced = next();
    make(join(dir, `${name}.json`));
    t.same(await announced, [`added ${name}`]);
    t.notOk(discovery.entry(name)?.ok);
  }
  const announced = next();
  writeFileSync(join(dir, 'first.json'), sound('b.js'));
  t.same(await announced, ['changed first']);
});

await t.test('add, edit, break, repair, remove: each is announced live', async (t) => {
  const { dir, discovery, next } = await live(t, { 'first.json': sound('a.js') });
  const file = join(dir, 'second.json');

  let announced = next();
  writeFileSync(file, sound('b.js'));
  t.same(await announced, ['added second']);

  announced = next();
  writeFileSync(file, sound('c.js'));
  t.same(await announced, ['changed second']);

  announced = next();
  writeFileSync(file, '{ "source": ');
  t.same(await announced, ['changed second']);
  t.equal(discovery.entry('second')?.ok, false);
  t.equal(discovery.entry('first')?.ok, true);

  announced = next();
  writeFileSync(file, sound('d.js'));
  t.same(await announced, ['changed second']);
  t.equal(discovery.entry('second')?.ok, true);

  announced = next();
  rmSync(file);
  t.same(await announced, ['removed second']);
  t.same(
    discovery.entries().map(({ name }) => name),
    ['first'],
  );
});

await t.test('ten edits in a row are few announcements, and the last one wins', async (t) => {
  const { dir, discovery, announced } = await live(t, { 'a.json': sound('0.js') });
  for (let count = 1; count <= 10; count++) writeFileSync(join(dir, 'a.json'), sound(`${count}.js`));
  await discovery.rescan();
  const entry = discovery.entry('a');
  t.same(entry?.ok === true && 'args' in entry.manifest.source && entry.manifest.source.args, ['10.js']);
  t.ok(announced.length <= 2, `${announced.length} announcements`);
});

await t.test('an atomic save is one change, and its temporary file is never seen', async (t) => {
  const { dir, next, announced } = await live(t, { 'a.json': sound('a.js') });
  const change = next();
  writeFileSync(join(dir, 'a.json.tmp123'), sound('b.js'));
  renameSync(join(dir, 'a.json.tmp123'), join(dir, 'a.json'));
  t.same(await change, ['changed a']);
  t.same(announced, [['changed a']]);
});

await t.test('a folder that is replaced as a whole', async (t) => {
  const { dir, next, discovery } = await live(t, { 'a.json': sound('a.js') });
  let change = next();
  rmSync(dir, { recursive: true });
  t.same(await change, ['removed a']);
  change = next();
  mkdirSync(dir);
  writeFileSync(join(dir, 'b.json'), sound('b.js'));
  t.same(await change, ['added b']);
  t.same(
    discovery.entries().map(({ name }) => name),
    ['b'],
  );
});

await t.test('after disposal nothing is announced, and disposing twice is harmless', async (t) => {
  const { dir, discovery, announced } = await live(t, {});
  await discovery[Symbol.asyncDispose]();
  await discovery[Symbol.asyncDispose]();
  writeFileSync(join(dir, 'late.json'), sound('a.js'));
  await discovery.rescan();
  t.same(announced, []);
});

await t.test('without notifications from the system the folder is polled', async (t) => {
  // A user namespace of its own may be left without inotify; the machine's limits are not touched.
  const without = ['-Ur', 'sh', '-c', 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', 'sh'];
  if (run([...without, 'true']).status !== 0) {
    t.pass('polled', { skip: 'no user namespaces here, so nothing can be taken away' });
    return;
  }
  const dir = t.testdir({});
  const door = new URL('../../../runtime/host/discover/discovery.ts', import.meta.url).href;
  const script = `import { discover } from ${JSON.stringify(door)};
    import { writeFileSync } from 'node:fs';
    const manifestsDir = ${JSON.stringify(dir)};
    const onChange = (changes) => { console.log(changes[0].kind, changes[0].name); stop(); };
    const discovery = await discover({ manifestsDir, onChange, onError: (error) => console.log(error) });
    const stop = () => discovery[Symbol.asyncDispose]();
    await discovery.watch();
    writeFileSync(manifestsDir + '/a.json', ${JSON.stringify(sound('a.js'))});`;
  const node = [process.execPath, '--input-type=module', '--eval', script];
  const { stdout } = run([...without, ...node]);
  t.equal(stdout, 'added a\n');
});

function run(args: readonly string[]): { status: number | null; stdout: string } {
  const unshare = 'unshare';
  return spawnSync(unshare, args, { encoding: 'utf8', timeout: 20_000 });
}
