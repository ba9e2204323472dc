import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { NexusError } from '../../../runtime/base/errors.ts';
import { isWithin, resolveGrants } from '../../../runtime/sandbox/policy/grants.ts';
import { Stage } from '../fixtures.ts';

await t.test('isWithin compares whole names', (test) => {
  test.ok(isWithin('/a/b', '/a/b'));
  test.ok(isWithin('/a/b', '/a/b/c'));
  test.notOk(isWithin('/a/b', '/a/bc'));
  test.notOk(isWithin('/a/b', '/a'));
  test.ok(isWithin('/', '/a'));
  test.end();
});

await t.test('granted paths become mounts; write covers read', async (test) => {
  await using stage = await Stage.open();
  const { outside } = stage;
  await mkdir(join(outside, 'in'));
  const spec = stage.spec({
    permissions: { fs: { read: [outside, `${outside}/in/`], write: [`${outside}/in`] } },
  });
  test.same(await resolveGrants(spec, [stage.dataDir]), [
    { source: outside, target: outside, writable: false, isSocket: false },
    { source: join(outside, 'in'), target: join(outside, 'in'), writable: true, isSocket: false },
  ]);
});

await t.test('what cannot be granted is refused with the key and what to write', async (test) => {
  await using stage = await Stage.open();
  const { outside, root, dataDir, pluginDir } = stage;
  await mkdir(join(outside, 'real'));
  await mkdir(join(outside, 'writable', 'sub'), { recursive: true });
  await symlink(join(outside, 'real'), join(outside, 'link'));
  await writeFile(join(dataDir, 'token'), 'secret');
  const server = createServer().listen(join(outside, 'socket'));
  await once(server, 'listening');
  const other = join(root, 'other-plugin');
  await mkdir(other);

  const cases: [key: 'read' | 'write', path: string, why: RegExp, todo: RegExp][] = [
    ['read', 'relative/path', /absolute/, /starts with "\/"/],
    ['read', join(outside, 'missing'), /does not exist/, /Create it/],
    ['read', join(outside, 'link'), /is a link to ".*\/real"/, /Write ".*\/real"/],
    ['read', join(outside, 'link', '..', 'link'), /is a link/, /Write/],
    ['read', '/', /whole machine/, /Name the directories/],
    ['write', '/', /whole machine/, /Name the directories/],
    ['read', '/proc', /system/, /Remove/],
    ['read', '/proc/1', /system/, /Remove/],
    ['read', '/sys/kernel', /system/, /Remove/],
    ['write', '/dev/null', /system/, /Remove/],
    ['read', '/run', /system/, /Remove/],
    ['read', dataDir, /belongs to Nexus/, /do not contain/],
    ['read', join(dataDir, 'token'), /belongs to Nexus/, /do not contain/],
    ['write', root, /belongs to Nexus/, /do not contain/],
    ['read', other, /belongs to Nexus/, /do not contain/],
    ['write', pluginDir, /own code/, /elsewhere/],
    ['write', join(pluginDir, 'puppet.mjs'), /own code/, /elsewhere/],
    ['read', join(outside, 'socket'), /socket/, /fs\.write/],
  ];
  for (const [key, path, why, todo] of cases) {
    const fs = { read: [], write: [], [key]: [path] };
    const error: unknown = await resolveGrants(stage.spec({ permissions: { fs } }), [dataDir, other]).catch(
      (reason: unknown) => reason,
    );
    if (!(error instanceof NexusError)) {
      test.fail(`${key} ${path} was granted`);
      continue;
    }
    test.equal(error.code, 'PERMISSION_REFUSED', path);
    test.match(error.message, `permissions.fs.${key} "${path}"`);
    test.match(error.data['problem'], why);
    test.match(error.data['todo'], todo);
  }
  const nested = { read: [join(outside, 'writable', 'sub')], write: [join(outside, 'writable')] };
  await test.rejects(resolveGrants(stage.spec({ permissions: { fs: nested } }), []), {
    code: 'PERMISSION_REFUSED',
    message: /could replace it/,
  });
  server.close();
});

await t.test("a plugin's own directories are its own, even inside protected ones", async (test) => {
  await using stage = await Stage.open();
  const spec = stage.spec();
  await mkdir(join(spec.dataDir, 'in'), { recursive: true });
  const fs = { read: [stage.pluginDir], write: [join(spec.dataDir, 'in')] };
  const grants = await resolveGrants({ ...spec, permissions: { ...spec.permissions, fs } }, [
    stage.root + '/none',
    stage.dataDir,
  ]);
  test.equal(grants.length, 2);
});
