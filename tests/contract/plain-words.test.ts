import t from 'tap';
import { manifestSchema } from '../../runtime/contract/manifest.ts';
import { describePermissions } from '../../runtime/contract/plain-words.ts';

const words = (manifest: object): Readonly<Record<string, string>> =>
  Object.fromEntries(
    describePermissions(manifestSchema.parse(manifest), (entry) => entry).map(({ about, allowed }) => [
      about,
      allowed,
    ]),
  );

await t.test('what was not granted is said as plainly as what was', async (t) => {
  t.same(words({ source: { command: 'node' } }), {
    Files: 'its own code (reading) and its own data folder',
    Network: 'none',
    Environment: "nothing of the kernel's",
    Programs: 'may not start any other',
    Limits: '512 MB of memory, 64 processes, 60 s a call',
    Isolation: 'a sandbox, or it is not started',
  });
  const granted = words({
    source: { command: 'node' },
    isolation: 'process',
    permissions: {
      fs: { read: ['/a', '/b'], write: ['${workspace}'] },
      net: ['api.example:443'],
      env: ['LANG'],
      exec: true,
    },
  });
  t.match(granted, {
    Files:
      'its own code (reading) and its own data folder; reading: /a, /b; reading and writing: ${workspace}',
    Network: 'api.example:443',
    Environment: 'LANG',
    Programs: 'may start others',
    Isolation: 'at least "process"',
  });
});

await t.test('a remote server has no rights here', async (t) => {
  t.same(Object.keys(words({ source: { url: 'https://example.org/mcp' } })), ['This machine']);
});
