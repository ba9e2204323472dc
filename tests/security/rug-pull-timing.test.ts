import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { restartPolicy } from '../../runtime/host/restart.ts';
import { openHost, textOf, type HostOptions, type HostStage } from '../fixtures/host-stage.ts';

const fixture = fileURLToPath(new URL('../fixtures/eras-plugin', import.meta.url));
const person = operatorScope('test');

interface AskedStage extends HostStage {
  readonly server: string;
  readonly original: string;
}

/** A plugin whose code is a copy of its own, and asks when it changes. */
async function openAsked(t: Test, options: HostOptions = {}): Promise<AskedStage> {
  const stage = await openHost(t, {}, options);
  const dir = join(stage.root, 'code');
  cpSync(fixture, dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  const server = join(dir, 'server.mjs');
  stage.put('p', { source: { command: 'node', args: [server], env: { LABEL: 'p' } } });
  await stage.host.listed(15_000);
  await stage.consent.approve(person, 'p', { changes: 'ask' });
  return { ...stage, server, original: readFileSync(server, 'utf8') };
}

await t.test(
  'while an approved change takes over, no call is refused and none in flight is lost',
  async (t) => {
    const stage = await openAsked(t);
    const version = (): unknown => stage.host.view('p')?.listing?.serverInfo['version'];
    const inFlight = stage.call('p', 'hold', { until: 'go' });
    await stage.until(() => stage.status('p').inFlight === 1);
    writeFileSync(stage.server, stage.original.replace("version: '1.0.0'", "version: '2'"));
    await stage.until(() => stage.status('p').pending?.kind === 'held');
    await stage.consent.approve(person, 'p', {});
    const answers: string[] = [];
    while (version() !== '2') answers.push(textOf(await stage.call('p', 'echo')));
    t.ok(answers.length > 0);
    t.same([...new Set(answers)], ['{}']);
    stage.release('go');
    t.equal(textOf(await inFlight), 'go', 'it ends where it began');
    t.equal(stage.status('p').restarts, 0);
  },
);

await t.test('an approval that was withdrawn while a change is held stops what runs', async (t) => {
  const stage = await openAsked(t);
  await stage.call('p', 'echo');
  writeFileSync(stage.server, `${stage.original}\n`);
  await stage.until(() => stage.status('p').pending?.kind === 'held');
  stage.consent.requireApproval('p', {});
  await stage.until(() => stage.status('p').state === 'quarantined');
  await t.rejects(stage.call('p', 'echo'), { code: 'PLUGIN_UNAVAILABLE' });
  t.equal(stage.status('p').pid, null);
});

await t.test('code that changes while a plugin waits to be started again does not run', async (t) => {
  const stage = await openAsked(t, { restarts: { ...restartPolicy, firstDelayMs: 2_000 } });
  for (const words of ['one', 'two']) await t.rejects(stage.call('p', 'crash', { words }));
  const mark = join(stage.workspace, 'ran');
  await stage.until(() => stage.status('p').pid === null);
  // It is not prepared anew for this call before the wait is over.
  const waiting = stage.call('p', 'echo');
  const changed = `import { writeFileSync as write } from 'node:fs';\nwrite(${JSON.stringify(mark)}, '');\n`;
  writeFileSync(stage.server, changed + stage.original);
  await t.rejects(waiting, { code: 'PLUGIN_UNAVAILABLE', message: /not the code that was agreed to/ });
  t.notOk(existsSync(mark));
});
