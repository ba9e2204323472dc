import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import type { Sandbox } from '../../runtime/contract/sandbox.ts';
import { campaign } from '../fixtures/campaign.ts';
import { MECHANISMS, Stage } from '../sandbox/fixtures.ts';
import { reasonAgainst } from './battery.ts';
import { NUMBER } from './numbers.ts';

/** A place one plugin may write, in which another was granted `inner` to read. */
async function sharedPlace(
  stage: Stage,
): Promise<{ place: string; inner: string; link: string; prize: string }> {
  const place = join(stage.root, 'shared');
  const inner = join(place, 'inner');
  const link = join(place, 'link');
  const prize = join(stage.outside, 'prize');
  await mkdir(inner, { recursive: true });
  await mkdir(prize);
  await writeFile(join(inner, 'file'), 'harmless');
  await writeFile(join(prize, 'file'), 'prize');
  return { place, inner, link, prize };
}

async function readAsPlugin(stage: Stage, sandbox: Sandbox, directory: string): Promise<unknown> {
  const spec = stage.spec({ plugin: 'reader', permissions: { fs: { read: [directory], write: [] } } });
  const puppet = await stage.puppet(sandbox, spec).catch((error: unknown) => {
    if (error instanceof NexusError) return error.code;
    throw error;
  });
  if (typeof puppet === 'string') return puppet;
  const answer = await puppet.run(`return require('node:fs').readFileSync('${directory}/file', 'utf8')`);
  await puppet.process.kill();
  return answer.value ?? answer.error;
}

for (const mechanism of MECHANISMS) {
  await t.test(mechanism, async (test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox(mechanism);
    if (sandbox.tier !== 'sandbox') {
      test.pass(mechanism, { skip: reasonAgainst(sandbox, mechanism) });
      return;
    }
    const { place, inner, link, prize } = await sharedPlace(stage);
    const writer = stage.spec({ permissions: { fs: { read: [], write: [place] } } });

    await test.test('replace a directory another plugin was granted with a link', async (check) => {
      check.equal(await readAsPlugin(stage, sandbox, inner), 'harmless', 'granted: it reads what is there');
      await using puppet = await stage.puppet(sandbox, writer);
      check.same(
        await puppet.run(`const fs = require('node:fs');
          fs.renameSync('${inner}', '${place}/aside'); fs.symlinkSync('${prize}', '${inner}')`),
        { value: null },
      );
      check.equal(await readAsPlugin(stage, sandbox, inner), 'PERMISSION_REFUSED');
      await puppet.run(`const fs = require('node:fs');
        fs.rmSync('${inner}'); fs.renameSync('${place}/aside', '${inner}')`);
    });

    await test.test('replace it between the check and the start', async (check) => {
      await symlink(prize, link);
      // Exchanges the two as fast as it can.
      const swapper = spawn(
        '/usr/bin/python3',
        [
          '-c',
          `import ctypes
libc = ctypes.CDLL(None)
print('ready', flush=True)
while True: libc.syscall(${NUMBER.renameat2}, -100, b'${inner}', -100, b'${link}', 2)`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      await once(swapper.stdout, 'data');
      const seen: Record<string, number> = {};
      const starts = campaign(60, 20);
      for (let start = 0; start < starts; start += 1) {
        const outcome = String(await readAsPlugin(stage, sandbox, inner));
        const kind = outcome.startsWith('ended') ? 'not started' : outcome;
        seen[kind] = (seen[kind] ?? 0) + 1;
      }
      swapper.kill('SIGKILL');
      await once(swapper, 'exit');
      check.equal(seen['prize'], undefined, JSON.stringify(seen));
    });
  });
}

await t.test('a directory the kernel was started with leads nobody out', async (test) => {
  for (const mechanism of [...MECHANISMS, 'unsandboxed']) {
    await using stage = await Stage.open();
    await writeFile(join(stage.outside, 'secret'), 'prize');
    const directory = await open(stage.outside);
    // Node closes what it inherits up to descriptor 16, and not what lies behind a gap.
    const gap = Array.from({ length: 37 }, () => 'ignore' as const);
    const kernel = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('inheriting-kernel.ts', import.meta.url)),
        mechanism,
        stage.dataDir,
        stage.pluginDir,
      ],
      // An empty environment, or tap would give it options of its own.
      { env: {}, stdio: ['ignore', 'pipe', 'inherit', ...gap, directory.fd] },
    );
    const told = kernel.stdout === null ? '' : await text(kernel.stdout);
    await directory.close();
    if (told.startsWith('skipped')) test.pass(mechanism, { skip: told });
    else test.equal(told.includes('prize'), mechanism === 'unsandboxed', `${mechanism}: ${told}`);
  }
});
