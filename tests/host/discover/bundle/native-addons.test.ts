import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { Bundler } from '../../../../runtime/host/discover/bundle/bundler.ts';
import { realPathOf } from '../../../../runtime/host/discover/contained-path.ts';

/** What node-gyp-build goes by, too. */
const [LIBC, OTHER_LIBC] = existsSync('/etc/alpine-release') ? ['musl', 'glibc'] : ['glibc', 'musl'];
const MACHINE = `${process.platform}-${process.arch}`;
/** A compiled addon of a real package: it is for this Node. */
const REAL = createRequire(import.meta.url).resolve(
  `isolated-vm/prebuilds/${MACHINE}/isolated-vm.abi${process.versions.modules}.${LIBC}.node`,
);

interface Bench {
  readonly dir: string;
  readonly prebuilds: string;
  readonly build: () => ReturnType<Bundler['get']>;
}

/** A plugin that uses a module with an addon, both old enough to be known. */
function benchOf(test: Test): Bench {
  const dir = realPathOf(mkdtempSync(join(tmpdir(), 'nexus-addon-')));
  test.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const root = join(dir, 'package');
  const write = (file: string, content: string): string => {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, 1_000, 1_000);
    return path;
  };
  const entry = write('src/main.ts', "import addon from 'native'; console.log(typeof addon.ivm.Isolate);");
  write('node_modules/native/package.json', '{ "name": "native", "version": "1.0.0", "main": "i.js" }');
  write('node_modules/native/i.js', "module.exports = require('node-gyp-build')(__dirname);");
  write('node_modules/node-gyp-build/package.json', '{ "name": "node-gyp-build", "main": "i.js" }');
  // What a package of somebody else could put there: it must not run in the kernel.
  write('node_modules/node-gyp-build/i.js', `require('node:fs').writeFileSync('${dir}/ran', '');`);
  const prebuilds = join(root, 'node_modules', 'native', 'prebuilds', MACHINE);
  mkdirSync(prebuilds, { recursive: true });
  const bundler = new Bundler(join(dir, 'data'));
  return { dir, prebuilds, build: () => bundler.get(root, entry) };
}

await t.test(
  'the one addon for this Node lies beside the bundle, and nothing of the package was run',
  async (test) => {
    const { dir, prebuilds, build } = benchOf(test);
    copyFileSync(REAL, join(prebuilds, `native.abi${process.versions.modules}.node`));
    for (const other of [
      'native.abi1.node',
      `native.abi${process.versions.modules}.${OTHER_LIBC}.node`,
      'notes.txt',
    ]) {
      writeFileSync(join(prebuilds, other), 'not for this machine');
    }
    const bundle = await build();
    test.equal(readdirSync(bundle.dir).length, 2);
    const { stdout, stderr } = spawnSync(process.execPath, [bundle.file], { encoding: 'utf8', cwd: '/' });
    test.equal(stdout + stderr, 'function\n');
    test.notOk(existsSync(join(dir, 'ran')));
  },
);

await t.test('another addon is another bundle, and another Node builds again', async (test) => {
  const { dir, prebuilds, build } = benchOf(test);
  writeFileSync(join(prebuilds, 'native.napi.node'), 'one');
  const first = await build();
  writeFileSync(join(prebuilds, 'native.napi.node'), 'two');
  test.same(await build(), first, 'a module changes with its version only');
  const [record = ''] = readdirSync(join(dir, 'data', 'cache', 'bundles')).filter((name) =>
    name.endsWith('.json'),
  );
  const file = join(dir, 'data', 'cache', 'bundles', record);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"platform":"[^"]+"/, '"platform":"sunos-sparc-1"'));
  test.not((await build()).hash, first.hash);
});

await t.test("one that is not there, or not the package's own, is refused", async (test) => {
  const { dir, prebuilds, build } = benchOf(test);
  await test.rejects(build(), {
    code: 'PLUGIN_INVALID',
    data: { problem: /carries no compiled addon for / },
  });
  writeFileSync(join(dir, 'secret'), 'hunter2');
  symlinkSync(join(dir, 'secret'), join(prebuilds, 'native.napi.node'));
  await test.rejects(build(), {
    code: 'PLUGIN_INVALID',
    data: { problem: /leads out of the plugin directory/ },
  });
  rmSync(prebuilds, { recursive: true });
  await test.rejects(build(), {
    code: 'PLUGIN_INVALID',
    data: { problem: /carries no compiled addon for / },
  });
});
