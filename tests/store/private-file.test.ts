import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { openStore } from '../../runtime/store/open.ts';
import { closeToOthers, createPrivate } from '../../runtime/store/private-file.ts';

function folder(t: Test, mode: number): string {
  const root = mkdtempSync(join(tmpdir(), 'nexus-private-'));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  const dir = join(root, 'data');
  mkdirSync(dir);
  chmodSync(dir, mode);
  return dir;
}

const modeOf = (dir: string): number => statSync(dir).mode & 0o777;

await t.test('a data directory that others may enter is closed to them, and that is told', async (t) => {
  for (const mode of [0o755, 0o750, 0o777, 0o701]) {
    const dataDir = folder(t, mode);
    for (const isFirst of [true, false]) {
      chmodSync(dataDir, mode);
      const store = await openStore({ dataDir, clock: systemClock });
      t.match(store.notices, [`${dataDir} could be entered by others (mode ${mode.toString(8)})`]);
      t.equal(modeOf(dataDir), 0o700, isFirst ? 'empty' : 'with what the kernel keeps');
      await store.close();
    }
    const again = await openStore({ dataDir, clock: systemClock });
    t.same(again.notices, []);
    await again.close();
  }
});

await t.test('a folder that holds something else may be shared on purpose: it is told and left', (t) => {
  const dir = folder(t, 0o755);
  writeFileSync(join(dir, 'index.html'), '');
  t.match(closeToOthers(dir), /may be entered by others .* holds other things\. Run "chmod 700 .*data"/);
  t.equal(modeOf(dir), 0o755);
  t.end();
});

await t.test('a folder of another user is told and left', { skip: skipUnlessRoot() }, (t) => {
  const dir = folder(t, 0o755);
  chownSync(dir, 65_534, 65_534);
  t.match(closeToOthers(dir), /may be entered by others .* belongs to user 65534/);
  t.equal(modeOf(dir), 0o755);
  t.end();
});

await t.test(
  'a file that others may read is closed to them; one that a link leads to keeps its mode',
  (t) => {
    const dir = folder(t, 0o700);
    const foreign = join(dir, '..', 'foreign');
    const [own, link, dangling] = [join(dir, 'own'), join(dir, 'link'), join(dir, 'dangling')];
    for (const file of [foreign, own]) writeFileSync(file, '', { mode: 0o644 });
    symlinkSync(foreign, link);
    symlinkSync(join(dir, 'nothing'), dangling);
    for (const file of [own, link, dangling]) createPrivate(file);
    t.equal(modeOf(own), 0o600);
    t.equal(modeOf(foreign), 0o644);
    t.end();
  },
);

function skipUnlessRoot(): string | false {
  return process.geteuid?.() === 0 ? false : 'only root can make a folder of another user';
}
