import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Bundler } from '../../../../runtime/host/discover/bundle/bundler.ts';
import { realPathOf } from '../../../../runtime/host/discover/contained-path.ts';

interface Bench {
  readonly dir: string;
  readonly root: string;
  readonly bundler: Bundler;
  /** Writes a file below the temporary folder, as old as a file that was there before the build. */
  readonly write: (file: string, content: string) => string;
  /** Bundles src/main.ts of the package and runs the bundle alone; its output. */
  readonly run: () => Promise<string>;
}

function benchOf(t: Test): Bench {
  const dir = realPathOf(mkdtempSync(join(tmpdir(), 'nexus-bundle-')));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, 'package');
  const bundler = new Bundler(join(dir, 'data'));
  let secondsAgo = 1_000;
  const write = (file: string, content: string): string => {
    const path = join(dir, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    const writtenAt = Date.now() / 1_000 - secondsAgo--;
    utimesSync(path, writtenAt, writtenAt);
    return path;
  };
  const run = async (): Promise<string> => {
    const { file } = await bundler.get(root, join(root, 'src', 'main.ts'));
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', cwd: dirname(file) });
    return stdout + stderr;
  };
  return { dir, root, bundler, write, run };
}

await t.test('TypeScript, JSON, CommonJS and their own requires of Node end up in one file', async (t) => {
  const { dir, root, bundler, write, run } = benchOf(t);
  write(
    'package/src/main.ts',
    `
    import legacy from 'legacy';
    import data from '../data.json' with { type: 'json' };
    import { shared } from 'shared';
    enum Notation { Needs = 'transforming' }
    console.log(legacy(), data.word, shared, Notation.Needs);`,
  );
  write('package/data.json', '{ "word": "json" }');
  write(
    'package/node_modules/legacy/package.json',
    '{ "name": "legacy", "version": "1.0.0", "main": "i.js" }',
  );
  write(
    'package/node_modules/legacy/i.js',
    "module.exports = () => require('node:path').join('a', require('os').EOL.trim());",
  );
  write('node_modules/shared/package.json', '{ "name": "shared", "version": "1.0.0", "main": "i.mjs" }');
  write('node_modules/shared/i.mjs', "export const shared = 'above';");
  t.equal(await run(), 'a json above transforming\n');
  const { dir: folder, file } = await bundler.get(root, join(root, 'src', 'main.ts'));
  t.same(readdirSync(folder), ['main.mjs']);
  t.ok(file.startsWith(join(dir, 'data', 'cache', 'bundles')));
});

await t.test('it is built again when an input changed, and only then', async (t) => {
  const { root, bundler, write } = benchOf(t);
  const entry = write('package/src/main.ts', "import './part.ts'; import 'widget';");
  write('package/src/part.ts', 'console.log(1);');
  write(
    'package/node_modules/widget/package.json',
    '{ "name": "widget", "version": "1.0.0", "main": "i.js" }',
  );
  write('package/node_modules/widget/i.js', 'console.log("widget 1")');
  const first = await bundler.get(root, entry);
  const built = statSync(first.file).mtimeMs;
  const again = await bundler.get(root, entry);
  t.same(again, first);
  t.equal(statSync(again.file).mtimeMs, built, 'not written again');

  write('package/src/part.ts', 'console.log(2);');
  const second = await bundler.get(root, entry);
  t.not(second.hash, first.hash, 'a source file');

  write(
    'package/node_modules/widget/package.json',
    '{ "name": "widget", "version": "1.1.0", "main": "i.js" }',
  );
  write('package/node_modules/widget/i.js', 'console.log("widget 2")');
  const third = await bundler.get(root, entry);
  t.not(third.hash, second.hash, 'another version of a module');
  t.ok(statSync(second.file), 'the one before is kept, it may be running');
  t.throws(() => statSync(first.file), { code: 'ENOENT' }, 'older ones are not');
});

await t.test('a lost bundle is built again', async (t) => {
  const { root, bundler, write } = benchOf(t);
  const entry = write('package/src/main.ts', 'console.log(1);');
  const first = await bundler.get(root, entry);
  rmSync(first.dir, { recursive: true });
  t.same(await bundler.get(root, entry), first);
  t.ok(statSync(first.file));
});

await t.test('several at once', async (t) => {
  const { root, bundler, write } = benchOf(t);
  const entries = [1, 2, 3].map((count) => write(`package/src/m${count}.ts`, `console.log(${count});`));
  const bundles = await Promise.all(entries.map((entry) => bundler.get(root, entry)));
  t.equal(new Set(bundles.map(({ hash }) => hash)).size, 3);
});

await t.test('a mistake in the source is named with its place', async (t) => {
  const { root, run, write } = benchOf(t);
  write('package/src/main.ts', 'console.log(1);\nconst = 2;\n');
  await t.rejects(run(), {
    code: 'PLUGIN_INVALID',
    data: {
      file: `${join(root, 'src', 'main.ts')}:2:7`,
      problem: /src\/main\.ts cannot be bundled/,
      todo: /remove "bundle"/,
    },
  });
  write('package/src/main.ts', "import 'not-installed';");
  await t.rejects(run(), { code: 'PLUGIN_INVALID', data: { problem: /not-installed/ } });
});

const leaks: Readonly<Record<string, string>> = {
  'a relative path': "import key from '../../secret.json' with { type: 'json' }; console.log(key);",
  'an absolute path': "import key from 'DIR/secret.json' with { type: 'json' }; console.log(key);",
  'a path through a module':
    "import key from 'widget/../../../secret.json' with { type: 'json' }; console.log(key);",
  'a link in the package': "import key from './link.json' with { type: 'json' }; console.log(key);",
  require: "console.log(require('../../secret.json'));",
  'a mapped import of its package.json': "import key from '#key' with { type: 'json' }; console.log(key);",
  'a path alias of its tsconfig':
    "import key from 'alias/secret.json' with { type: 'json' }; console.log(key);",
};
for (const [how, source] of Object.entries(leaks)) {
  await t.test(`no file outside gets into a bundle by ${how}`, async (t) => {
    const { dir, root, run, write } = benchOf(t);
    write('secret.json', '{ "key": "hunter2" }');
    write('package/package.json', '{ "name": "package", "imports": { "#key": "../secret.json" } }');
    write(
      'package/tsconfig.json',
      '{ "compilerOptions": { "baseUrl": ".", "paths": { "alias/*": ["../*"] } } }',
    );
    write('package/node_modules/widget/package.json', '{ "name": "widget", "version": "1.0.0" }');
    write('package/src/main.ts', source.replace('DIR', dir));
    symlinkSync('../../secret.json', join(root, 'src', 'link.json'));
    const output = await run().catch((error: unknown) => String(error));
    t.notMatch(output, /hunter2/);
    t.match(output, /PLUGIN_INVALID/);
  });
}

await t.test('a module linked into node_modules above, as npm workspaces do, is a module', async (t) => {
  const { dir, run, write } = benchOf(t);
  write('sdk/package.json', '{ "name": "sdk", "version": "1.0.0", "main": "i.mjs" }');
  write('sdk/i.mjs', "import { inner } from './inner.mjs'; export const sdk = inner;");
  write('sdk/inner.mjs', "export const inner = 'workspace';");
  mkdirSync(join(dir, 'node_modules'));
  symlinkSync('../sdk', join(dir, 'node_modules', 'sdk'));
  write('package/src/main.ts', "import { sdk } from 'sdk'; console.log(sdk);");
  t.equal(await run(), 'workspace\n');
});
