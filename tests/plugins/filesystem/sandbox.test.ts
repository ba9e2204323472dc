import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { bundlePlugin, makeFolders, startPlugin, type Folders } from './harness.ts';

interface Variant {
  readonly hasProc: boolean;
  readonly bind: '--bind' | '--ro-bind';
  /** What `node --permission` allows beside the bundle; without --permission when absent. */
  readonly allowed: readonly string[] | undefined;
}

/** The sandbox of the kernel, in short: new namespaces, no capabilities, only the bundle and the workspace. */
function sandboxed(folders: Folders, variant: Variant, bundle: string): readonly string[] {
  const system = ['/usr', '/lib', '/lib64', '/bin'].filter((path) => existsSync(path));
  const flags = variant.allowed?.flatMap((path) => [`--allow-fs-read=${path}`, `--allow-fs-write=${path}`]);
  return [
    'bwrap',
    '--unshare-user --unshare-all --disable-userns --die-with-parent --new-session'.split(' '),
    '--cap-drop ALL --clearenv --tmpfs /tmp --dev /dev'.split(' '),
    system.map((path) => ['--ro-bind', path, path]),
    ['--ro-bind', process.execPath, '/runtime/node', '--ro-bind', dirname(bundle), dirname(bundle)],
    [variant.bind, folders.workspace, folders.workspace],
    variant.hasProc ? ['--proc', '/proc', '--remount-ro', '/proc'] : [],
    ['--remount-ro', '/', '--setenv', 'NEXUS_WORKSPACE', folders.workspace, '--', '/runtime/node'],
    flags === undefined ? [] : ['--permission', `--allow-fs-read=${bundle}`, ...flags],
    bundle,
  ].flat(2);
}

const probe = spawnSync('bwrap', [
  '--unshare-all',
  '--ro-bind',
  '/',
  '/',
  '--proc',
  '/proc',
  '--cap-drop',
  'ALL',
  'true',
]);
const skip = probe.status === 0 ? false : 'bubblewrap does not work on this machine';

async function exercise(test: Test, folders: Folders, variant: Variant): Promise<void> {
  const plugin = await startPlugin(test, folders, {
    command: (bundle) => sandboxed(folders, variant, bundle),
  });
  const at = (name: string): string => join(folders.workspace, name);
  writeFileSync(at('script'), 'one\n');
  chmodSync(at('script'), 0o755);
  symlinkSync('script', at('link'));
  symlinkSync('/etc', at('escape'));
  test.equal((await plugin.call('read_file', { path: 'link' })).text, 'one\n');
  await plugin.call('edit_file', { path: 'link', edits: [{ old_text: 'one', new_text: 'two' }] });
  test.equal(readFileSync(at('script'), 'utf8'), 'two\n');
  test.equal(statSync(at('script')).mode & 0o777, 0o755, 'the mode is kept');
  await plugin.call('write_file', { path: 'deep/er/new', content: 'new' });
  await plugin.call('move', { from: 'deep/er/new', to: 'deep/moved' });
  test.match(await plugin.call('grep_search', { pattern: 'new' }), { text: /^deep\/moved:1:1: new/ });
  test.match(await plugin.call('list_dir', { depth: 2 }), {
    text: /deep\/\ndeep\/er\/\ndeep\/moved \(3 bytes\)/,
  });
  test.match(await plugin.call('delete', { path: 'deep', recursive: true }), { data: { removed: 3 } });
  for (const path of ['escape/passwd', '/etc/passwd', '/proc/self/environ', '../outside/x']) {
    test.match(await plugin.refusal('read_file', { path }), /^OUTSIDE_WORKSPACE: /);
  }
  test.same(readdirSync(folders.workspace), ['escape', 'link', 'script']);
}

await t.test('every tool works inside the sandbox', { skip }, async (test) => {
  await exercise(test, makeFolders(test), { hasProc: true, bind: '--bind', allowed: undefined });
});

await t.test('and under node --permission, when /proc/self/fd/ is allowed', { skip }, async (test) => {
  const folders = makeFolders(test);
  const allowed = [`${folders.workspace}/`, '/proc/self/fd/'];
  await exercise(test, folders, { hasProc: true, bind: '--bind', allowed });
});

await t.test('a workspace that may only be read', { skip }, async (test) => {
  const folders = makeFolders(test);
  const variant: Variant = { hasProc: true, bind: '--ro-bind', allowed: undefined };
  const plugin = await startPlugin(test, folders, {
    command: (bundle) => sandboxed(folders, variant, bundle),
  });
  writeFileSync(join(folders.workspace, 'file'), 'x');
  test.equal((await plugin.call('read_file', { path: 'file' })).text, 'x');
  for (const [tool, input] of Object.entries({
    write_file: { path: 'file', content: 'y' },
    edit_file: { path: 'file', edits: [{ old_text: 'x', new_text: 'y' }] },
    move: { from: 'file', to: 'other' },
    delete: { path: 'file' },
  })) {
    test.match(await plugin.refusal(tool, input), /^PERMISSION_DENIED: /, tool);
  }
});

await t.test('refuses to start where it cannot confine itself', { skip }, async (test) => {
  const folders = makeFolders(test);
  const bundle = await bundlePlugin(folders.base);
  const variants: readonly Variant[] = [
    { hasProc: false, bind: '--bind', allowed: undefined },
    { hasProc: true, bind: '--bind', allowed: [`${folders.workspace}/`] },
  ];
  for (const variant of variants) {
    const [program = '', ...args] = sandboxed(folders, variant, bundle);
    const run = spawnSync(program, args, { encoding: 'utf8', input: '' });
    test.equal(run.status, 1);
    test.match(
      run.stderr,
      /^PLATFORM_UNSUPPORTED: .* Mount \/proc in the sandbox; .* add \/proc\/self\/fd\/ to/,
    );
  }
});
