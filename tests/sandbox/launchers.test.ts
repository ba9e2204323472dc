import { spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { descendantsOf, untilGone } from '../../runtime/sandbox/host-processes.ts';
import { type ForcedMechanism, MECHANISMS, type Puppet, Stage } from './fixtures.ts';

/** What every launcher of processes owes to its callers, whatever it isolates. */
const ALL: readonly ForcedMechanism[] = [...MECHANISMS, 'none'];

async function isRunning(pid: unknown): Promise<boolean> {
  const status = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
  return status !== null && !/\) [ZX] /.test(status);
}

/** Host process ids of the processes that have `mark` in their command line. */
async function pidsOf(mark: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((pid, index) => lines[index]?.includes(mark) === true && pid !== String(process.pid));
}

/** Leaves a `sleep` behind; answers its odd duration, by which it is found once it has become that program. */
async function startOrphan(puppet: Puppet): Promise<string> {
  const seconds = `86400.${randomInt(1e9)}`;
  await puppet.run(`
    const child = require('node:child_process').spawn(
      '/usr/bin/setsid', ['--fork', '/usr/bin/sleep', '${seconds}'], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('exit', resolve));`);
  // While a process becomes another program its command line reads as empty.
  while ((await pidsOf(seconds)).length === 0) await setTimeout(10);
  return seconds;
}

for (const mechanism of ALL) {
  await t.test(mechanism, async (test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox(mechanism);
    if (mechanism !== 'none' && sandbox.tier !== 'sandbox') {
      const reason = sandbox.probes.find((probe) => probe.mechanism === mechanism)?.reason;
      test.pass(mechanism, { skip: reason ?? 'it is unknown here' });
      return;
    }

    await test.test('says what is in force', async (check) => {
      const { process: plugin } = await stage.puppet(sandbox);
      check.equal(plugin.tier, mechanism === 'none' ? 'process' : 'sandbox');
      check.equal(plugin.mechanism, mechanism === 'none' ? 'process' : mechanism);
      if (mechanism !== 'none') {
        check.same(plugin.enforcement, {
          files: 'enforced',
          network: 'enforced',
          processes: 'enforced',
          memory: 'enforced',
        });
      }
    });

    await test.test('leaves no rights to the plugin, and no way to gain some', async (check) => {
      if (mechanism === 'none') return;
      const puppet = await stage.puppet(sandbox);
      await puppet.run('return 1');
      const plugin = puppet.process;
      const pids = [plugin.pid, ...(await descendantsOf(plugin.pid))];
      const status = await readFile(`/proc/${pids.at(-1)}/status`, 'utf8');
      // Only who has capabilities can give up their bounding set; without new privileges it bounds nothing.
      const bounding = mechanism === 'landlock' && process.getuid?.() !== 0 ? [] : ['CapBnd'];
      for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb', ...bounding]) {
        check.match(status, new RegExp(`^${name}:\\t0+$`, 'm'), name);
      }
      check.match(status, /^NoNewPrivs:\t1$/m);
      check.match(status, /^Seccomp:\t2$/m);
    });

    await test.test('gives the declared environment and nothing else', async (check) => {
      process.env['NEXUS_TEST_SECRET'] = 'of the kernel';
      const odd = 'a b\n"c"=$HOME\\';
      const puppet = await stage.puppet(sandbox, stage.spec({ env: { GIVEN: odd, EMPTY: '' } }));
      delete process.env['NEXUS_TEST_SECRET'];
      const { value } = await puppet.run('return process.env');
      const seen = z.record(z.string(), z.string()).parse(value);
      const names = Object.keys(seen).filter((name) => !/^(?:PWD|TZ|NEXUS_PROCESS_TREE)$/.test(name));
      const own = mechanism === 'landlock' ? ['OPENSSL_CONF'] : [];
      check.same(
        names.sort(),
        ['EMPTY', 'GIVEN', 'HOME', 'LANG', 'NODE_COMPILE_CACHE', ...own, 'PATH', 'TMPDIR'].sort(),
      );
      check.equal(seen['GIVEN'], odd);
    });

    await test.test('keeps the environment out of the command lines', async (check) => {
      const token = randomUUID();
      await stage.puppet(sandbox, stage.spec({ env: { TOKEN: token } }));
      check.same(await pidsOf(token), []);
    });

    await test.test('starts in the working directory, with arguments as given', async (check) => {
      const strange = ['', 'two words', '--', '$(id)', 'é\n'];
      const { args, ...spec } = stage.spec();
      const puppet = await stage.puppet(sandbox, { ...spec, args: [...args, ...strange] });
      const { value } = await puppet.run('return [process.cwd(), ...process.argv.slice(2)]');
      check.same(value, [stage.pluginDir, ...strange]);
    });

    await test.test('keeps data between starts, and a private temporary folder not', async (check) => {
      const first = await stage.puppet(sandbox);
      const { dataDir } = stage.spec();
      await first.run(`require('node:fs').writeFileSync('${dataDir}/kept', 'data')`);
      await first.run(`require('node:fs').writeFileSync(process.env.TMPDIR + '/gone', 'tmp')`);
      await first.process.stop(5_000);
      const second = await stage.puppet(sandbox);
      check.same(await second.run(`return require('node:fs').readFileSync('${dataDir}/kept', 'utf8')`), {
        value: 'data',
      });
      check.same(await second.run(`return require('node:fs').existsSync(process.env.TMPDIR + '/gone')`), {
        value: false,
      });
      check.equal(await readFile(join(dataDir, 'kept'), 'utf8'), 'data');
    });

    await test.test('passes on how the plugin ended', async (check) => {
      const leaving = await stage.puppet(sandbox);
      await leaving.run('process.exit(7)');
      check.same(await leaving.process.exited, { code: 7, signal: null });
      const crashing = await stage.puppet(sandbox);
      await crashing.run('setImmediate(() => { throw new Error("last words") })');
      const errors = text(crashing.process.stderr);
      check.same(await crashing.process.exited, { code: 1, signal: null });
      check.match(await errors, /last words/);
    });

    await test.test('stop: the end of its input is enough for most', async (check) => {
      const puppet = await stage.puppet(sandbox);
      await puppet.run('return 1');
      const stopped = puppet.process.stop(30_000);
      check.equal(puppet.process.stop(1), stopped, 'a second stop joins the first');
      check.same(await stopped, { code: 0, signal: null });
    });

    await test.test('stop: one that handles TERM can still tidy up', async (check) => {
      const puppet = await stage.puppet(sandbox);
      await puppet.run('setInterval(() => {}, 1e6); process.on("SIGTERM", () => process.exit(3))');
      check.same(await puppet.process.stop(1_000), { code: 3, signal: null });
    });

    await test.test('stop: one that ignores everything is killed', async (check) => {
      const puppet = await stage.puppet(sandbox);
      await puppet.run('setInterval(() => {}, 1e6); process.on("SIGTERM", () => {})');
      check.same(await puppet.process.stop(50), { code: null, signal: 'SIGKILL' });
    });

    await test.test('kill takes a stopped process and its detached grandchildren along', async (check) => {
      const puppet = await stage.puppet(sandbox, stage.spec({ permissions: { exec: true } }));
      const mark = await startOrphan(puppet);
      const orphans = await pidsOf(mark);
      check.equal(orphans.length, 1, 'the orphan runs');
      await puppet.run('setImmediate(() => process.kill(process.pid, "SIGSTOP"))');
      check.same(await puppet.process.kill(), { code: null, signal: 'SIGKILL' });
      check.same(await pidsOf(mark), [], 'nothing is left at the moment `exited` settles');
    });

    await test.test('the end of the plugin is the end of its detached grandchildren', async (check) => {
      const puppet = await stage.puppet(sandbox, stage.spec({ permissions: { exec: true } }));
      const mark = await startOrphan(puppet);
      check.equal((await pidsOf(mark)).length, 1, 'the orphan runs');
      await puppet.run('process.exit(0)');
      await puppet.process.exited;
      check.same(await pidsOf(mark), []);
    });

    await test.test('no descriptor of the kernel is passed on', async (check) => {
      const puppet = await stage.puppet(
        sandbox,
        stage.spec({ permissions: { fs: { read: [], write: [] } } }),
      );
      const { value } = await puppet.run(`
        const fs = require('node:fs');
        return fs.readdirSync('/proc/self/fd').map((fd) => {
          try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' }
        }).filter((path) => path.startsWith('/') && path !== '/dev/null')`);
      check.same(value ?? [], []);
    });

    await test.test('a package behind a link is found under both names', async (check) => {
      const link = join(stage.root, 'linked');
      await symlink(stage.pluginDir, link).catch(() => {});
      const spec = { ...stage.spec(), packageDirs: [link], cwd: link, args: [join(link, 'puppet.mjs')] };
      const puppet = await stage.puppet(sandbox, spec);
      check.same(await puppet.run('return 1'), { value: 1 });
    });

    await test.test('a compiled program and a shell run too', async (check) => {
      const script = join(stage.pluginDir, 'greet.sh');
      await writeFile(script, 'read line; echo "hello $line"\n');
      const plugin = await sandbox.launch(stage.spec({ command: '/bin/sh', args: [script] }));
      plugin.stdin.end('world\n');
      check.equal(await text(plugin.stdout), 'hello world\n');
      check.same(await plugin.exited, { code: 0, signal: null });
    });

    await test.test('its temporary files are gone with it', async (check) => {
      const puppet = await stage.puppet(sandbox);
      const { value } = await puppet.run('return process.env.TMPDIR');
      await puppet.process.stop(5_000);
      if (value === '/tmp') return;
      await check.rejects(stat(String(value)), { code: 'ENOENT' });
    });
  });
}

await t.test('plugins die with a kernel that is killed', async (test) => {
  for (const mechanism of ALL) {
    await using stage = await Stage.open();
    const kernel = fileURLToPath(new URL('kernel-process.ts', import.meta.url));
    const child = spawn(process.execPath, [kernel, mechanism, stage.dataDir, stage.pluginDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line]: unknown[] = await once(child.stdout, 'data');
    const pids = z.array(z.number()).parse(JSON.parse(String(line)));
    test.ok(pids.length >= 1, `${mechanism}: ${pids.length} processes run`);
    const running = await Promise.all(pids.map(isRunning));
    test.ok(running.every(Boolean), `${mechanism}: all of them`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const pid of pids) await untilGone(pid);
    test.pass(`${mechanism}: none is left`);
  }
});
