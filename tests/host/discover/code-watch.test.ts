import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { CodeWatch } from '../../../runtime/host/discover/code-watch.ts';

async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < 1_000 && !isSo(); look++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!isSo()) throw new Error(`it never came to ${String(isSo)}`);
}

/** A watch of one folder, and a wait for something to be heard after `act`. */
function open(t: Test) {
  const dir = mkdtempSync(join(tmpdir(), 'nexus-watch-'));
  const code = join(dir, 'code');
  mkdirSync(join(code, 'node_modules'), { recursive: true });
  let heard = 0;
  const errors: unknown[] = [];
  const watch = new CodeWatch(
    () => heard++,
    (error) => errors.push(error),
  );
  t.teardown(async () => {
    await watch[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
    if (errors.length > 0) throw new Error(`watching failed: ${String(errors[0])}`);
  });
  const hears = async (act: () => void): Promise<void> => {
    const before = heard;
    act();
    await until(() => heard > before);
  };
  return { dir, code, watch, hears, heard: () => heard };
}

await t.test('new, changed, replaced and deleted files are heard of, in folders too', async (t) => {
  const { code, watch, hears } = open(t);
  await hears(() => watch.follow([code]));
  const file = join(code, 'main.ts');
  await hears(() => writeFileSync(file, '1'));
  await hears(() => writeFileSync(file, '22'));
  await hears(() => {
    writeFileSync(`${file}.draft`, '333');
    renameSync(`${file}.draft`, file);
  });
  await hears(() => mkdirSync(join(code, 'lib')));
  await hears(() => writeFileSync(join(code, 'lib', 'part.ts'), '1'));
  await hears(() => rmSync(file));
  t.pass('each of them');
});

await t.test('the folder itself may go and come back', async (t) => {
  const { code, watch, hears } = open(t);
  await hears(() => watch.follow([code]));
  await hears(() => rmSync(code, { recursive: true }));
  await hears(() => {
    mkdirSync(code);
    writeFileSync(join(code, 'main.ts'), '1');
  });
  t.pass('both');
});

await t.test('installed packages are not followed', async (t) => {
  const { code, watch, hears, heard } = open(t);
  await hears(() => watch.follow([code]));
  const before = heard();
  writeFileSync(join(code, 'node_modules', 'x.js'), '1');
  await hears(() => writeFileSync(join(code, 'main.ts'), '1'));
  t.ok(heard() > before);
  t.ok(heard() <= before + 3, 'only the file of the plugin was heard of');
});

await t.test('following nothing is silent', async (t) => {
  const { code, watch, hears, heard } = open(t);
  await hears(() => watch.follow([code]));
  watch.follow([]);
  const before = heard();
  writeFileSync(join(code, 'main.ts'), '1');
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(heard(), before);
});
