import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { hashContent } from '../../../runtime/host/discover/content-hash.ts';

function folderOf(t: Test) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-content-')));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const kept = join(dir, 'kept');
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  const hash = (roots: readonly string[] = ['p'], how: unknown = {}, laterMs = 10_000): Promise<string> =>
    hashContent(
      { plugin: 'p', roots: roots.map((root) => resolve(dir, root)), how, now: () => Date.now() + laterMs },
      kept,
      AbortSignal.timeout(60_000),
    );
  return { dir, write, hash, record: join(kept, 'p.json') };
}

await t.test('every file that can run or steer counts, wherever it lies; the place does not', async (t) => {
  const one = folderOf(t);
  const files = [
    'p/server.mjs',
    'p/plugin.json',
    'p/skills/greet/SKILL.md',
    'p/node_modules/dep/index.js',
    'p/node_modules/.package-lock.json',
    'p/node_modules/dep/node_modules/inner/index.js',
    'p/venv/lib/python3.12/site-packages/x/__init__.py',
    'p/.venv/bin/x',
    'p/__pycache__/s.cpython-312.pyc',
    'p/.git/hooks/post-checkout',
    'p/.git/config',
    'p/.git/logs/v.mjs',
    'p/.git/refs/heads/v',
    'p/.git/objects/aa/v.mjs',
    'p/.git/objects/pack/v.js',
    'p/.git/index',
    'p/.git/HEAD',
    'p/.git/HEAD.js',
  ];
  for (const file of files) one.write(file, 'good');
  const first = await one.hash();
  for (const file of files) {
    one.write(file, 'evil');
    t.not(await one.hash(), first, file);
    one.write(file, 'good');
    t.equal(await one.hash(), first, `${file} as before`);
  }
  one.write('p/node_modules/dep/new.js', '');
  t.not(await one.hash(), first, 'a new file');
  rmSync(join(one.dir, 'p/node_modules/dep/new.js'));
  t.not(await one.hash(['p'], { args: ['x'] }), first, 'how it is started');

  const copy = folderOf(t);
  for (const file of files) copy.write(file, 'good');
  t.equal(await copy.hash(), first);
});

const hasGit = spawnSync('git', ['--version']).status === 0;
const noGit = { skip: hasGit ? false : 'git is not installed' };
await t.test('what git writes down for itself does not count', noGit, async (t) => {
  const { dir, write, hash } = folderOf(t);
  const git = (...args: string[]): void => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'gc.auto=0'];
    execFileSync('git', [...who, ...args], { cwd: join(dir, 'p'), stdio: 'pipe' });
  };
  write('p/server.mjs', 'good');
  git('init', '--quiet');
  // The last message of a commit is free text, so it counts.
  const commit = (): void => git('commit', '--quiet', '--allow-empty', '--message=same');
  git('add', 'server.mjs');
  commit();
  const first = await hash();
  commit();
  git('branch', 'other');
  git('tag', 'v1.0');
  t.equal(await hash(), first, 'a commit, a branch and a tag');
  git('reset', '--quiet', '--hard', 'HEAD~1');
  git('update-ref', 'refs/heads/third', 'HEAD');
  t.equal(await hash(), first, 'going back');
  git('repack', '--quiet', '-a', '-d');
  git('pack-refs', '--all');
  t.equal(await hash(), first, 'packed');
});

await t.test('what links lead to counts as well, but for the system', async (t) => {
  const { dir, write, hash } = folderOf(t);
  write('p/server.mjs', '');
  write('elsewhere/dep/index.js', 'good');
  write('one.js', 'good');
  mkdirSync(join(dir, 'p/node_modules'));
  symlinkSync('../../elsewhere/dep', join(dir, 'p/node_modules/dep'));
  symlinkSync('../one.js', join(dir, 'p/one.js'));
  symlinkSync('/usr/bin/env', join(dir, 'p/env'));
  symlinkSync('nowhere', join(dir, 'p/dangling'));
  symlinkSync('.', join(dir, 'p/round'));
  const first = await hash();
  for (const file of ['elsewhere/dep/index.js', 'one.js']) {
    write(file, 'evil');
    t.not(await hash(), first, file);
    write(file, 'good');
  }
  t.equal(await hash(), first);
  rmSync(join(dir, 'p/env'));
  symlinkSync('/usr/bin/printenv', join(dir, 'p/env'));
  t.not(await hash(), first, 'another target');
});

await t.test(
  'the content of unchanged files is not read again, and no set time hides a change',
  async (t) => {
    const { dir, write, hash, record } = folderOf(t);
    const file = join(dir, 'p/node_modules/dep/index.js');
    write('p/node_modules/dep/index.js', 'good');
    const first = await hash(['p'], {}, 0);
    t.notOk(existsSync(record), 'a file that changed just now may change again at the same time');
    t.equal(await hash(), first);
    t.equal(statSync(record).mode & 0o777, 0o600);
    const kept = readFileSync(record, 'utf8');
    writeFileSync(record, kept.replace(first, 'from-the-record'));
    t.equal(await hash(), 'from-the-record', 'only the states were looked at');
    t.not(await hash(['p'], 'otherwise'), 'from-the-record');

    writeFileSync(record, kept);
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'evil');
    utimesSync(file, atime, mtime);
    t.not(await hash(), first, 'same size, same inode, same time of modification');
    writeFileSync(record, '{"state":');
    t.match(await hash(), /^[0-9a-f]{64}$/, 'a record cut short is none');
  },
);

await t.test('what Node compiled of the kernel itself changes as it runs', async (t) => {
  const cache = fileURLToPath(new URL('../../../node_modules/.cache/nexus', import.meta.url));
  mkdirSync(cache, { recursive: true });
  const { hash } = folderOf(t);
  t.equal(await hash([cache]), await hash(['nothing']));
});

await t.test('what is too much, gone or closed', async (t) => {
  const { dir, write, hash } = folderOf(t);
  t.match(await hash(['nothing']), /^[0-9a-f]{64}$/);
  write('p/a.js', '');
  const first = await hash();
  write('p/closed/b.js', '');
  chmodSync(join(dir, 'p/closed'), 0o000);
  t.match(await hash(), /^[0-9a-f]{64}$/);
  chmodSync(join(dir, 'p/closed'), 0o755);
  t.not(await hash(), first);
  const large = join(dir, 'p/large');
  writeFileSync(large, '');
  truncateSync(large, 9 * 1024 ** 3);
  await t.rejects(hash(), { code: 'PLUGIN_INVALID', message: /more than 200000 files or 8 GiB/ });
});
