import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { createSandbox } from '../../../runtime/sandbox/index.ts';
import { encodeInstructions, preamble } from '../../../runtime/sandbox/perl/instructions.ts';
import { buildFilter } from '../../../runtime/sandbox/seccomp/filter.ts';
import { MACHINE } from '../../../runtime/sandbox/command-line.ts';
import { spawnPiped } from '../../../runtime/sandbox/spawn-piped.ts';
import { Stage } from '../fixtures.ts';

const LAUNCHER = join(import.meta.dirname, '../../../runtime/sandbox/perl/launcher.pl');
const toldSchema = z.object({
  tier: z.string(),
  mechanism: z.string(),
  probes: z.array(
    z.object({ mechanism: z.string(), works: z.boolean(), reason: z.string(), remedy: z.string() }),
  ),
  answer: z.unknown(),
});

async function withPath<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  try {
    return await act();
  } finally {
    process.env['PATH'] = before;
  }
}

await t.test('without bubblewrap the next best is taken, and what to install is said', async (test) => {
  await using stage = await Stage.open();
  const options = { dataDir: stage.dataDir, protectedPaths: [], allowUnsandboxed: true };
  await using sandbox = await withPath(stage.outside, () => createSandbox(options));
  const [first, ...others] = sandbox.probes;
  test.match(first, {
    mechanism: 'bubblewrap',
    works: false,
    reason: /not installed/,
    remedy: /apt install bubblewrap/,
  });
  test.equal(sandbox.mechanism, others.find((probe) => probe.works)?.mechanism ?? 'process');
});

await t.test('a bubblewrap that is too old is no bubblewrap', async (test) => {
  await using stage = await Stage.open();
  await writeFile(
    join(stage.outside, 'bwrap'),
    '#!/bin/sh\ncat <&3 >/dev/null\necho "bwrap: Unknown option --ro-bind-fd" >&2\nexit 1\n',
    { mode: 0o755 },
  );
  const options = { dataDir: stage.dataDir, protectedPaths: [], allowUnsandboxed: true };
  await using sandbox = await withPath(stage.outside, () => createSandbox(options));
  test.match(sandbox.probes[0], { works: false, reason: /too old: .*--ro-bind-fd/, remedy: /0\.10/ });
  test.not(sandbox.mechanism, 'bubblewrap');
});

await t.test('only the best verdict is kept: what can be remedied is looked at again', async (test) => {
  await using stage = await Stage.open();
  const options = { dataDir: stage.dataDir, protectedPaths: [], allowUnsandboxed: true };
  const lesser = await withPath(stage.outside, () => createSandbox(options));
  await lesser[Symbol.asyncDispose]();
  await using better = await createSandbox(options);
  test.notMatch(better.probes[0], { reason: /not installed/ });
});

await t.test('in a container that lets nobody make namespaces, Landlock is left', async (test) => {
  await using stage = await Stage.open();
  // As Docker does by default: a filter that refuses namespaces, inherited by everything that is started here.
  const filter = join(stage.outside, 'filter');
  await writeFile(
    filter,
    buildFilter({ machine: MACHINE, forks: true, unixSockets: true, inetSockets: true, namespaces: true }),
  );
  await mkdir(join(stage.dataDir, 'plugins'));
  const kernel = fileURLToPath(new URL('tell-verdict.ts', import.meta.url));
  const child = await spawnPiped('test', '/usr/bin/perl', [LAUNCHER], ['pipe']);
  const [told, errors] = [text(child.stdout), text(child.stderr)];
  child
    .pipe(3)
    .end(
      encodeInstructions([
        ...preamble(MACHINE),
        ['filter', filter],
        ['powerless'],
        ['env', 'PATH', '/usr/bin:/bin'],
        ['exec', 4, process.execPath, kernel, stage.dataDir, stage.pluginDir],
      ]),
    );
  test.same(await child.ended, { code: 0, signal: null }, await errors);
  const verdict = toldSchema.parse(JSON.parse(await told));
  const [bubblewrap, namespaces, landlock] = verdict.probes;
  test.equal(bubblewrap?.works, false, bubblewrap?.reason ?? '');
  test.equal(namespaces?.works, false, namespaces?.reason ?? '');
  test.match(namespaces?.reason, /unshare|namespace/i);
  if (landlock?.works !== true) {
    test.pass('landlock', { skip: landlock?.reason ?? 'it is unknown here' });
    return;
  }
  test.equal(verdict.tier, 'sandbox');
  test.equal(verdict.mechanism, 'landlock');
  test.same(verdict.answer, { error: 'EACCES' }, 'and it holds');
  test.ok(await readFile('/etc/hostname', 'utf8'), 'what was tried is there');
});
