import t from 'tap';
import { campaign } from '../fixtures/campaign.ts';
import { z } from 'zod';
import {
  callOnce,
  createChaosHome,
  findProcesses,
  findZombies,
  readEffects,
  readLedger,
  settled,
  type CallOutcome,
} from '../fixtures/chaos-stage.ts';
import { startKernel, type KernelProcess } from '../fixtures/kernel-process.ts';

/** Four kills each stay below the crash-loop breaker, which opens at five within a minute. */
const plugins = campaign(50, 10);
const killsEach = 4;
const statusSchema = z.looseObject({ status: z.looseObject({ pid: z.number().nullable() }) });

/** Calls a plugin over and over while its process is killed under it `killsEach` times. */
async function harass(kernel: KernelProcess, plugin: string, outcomes: CallOutcome[]): Promise<number> {
  let kills = 0;
  for (let round = 0; round < 60 && kills < killsEach; round++) {
    const calls = Array.from({ length: 3 }, () => callOnce(kernel, plugin));
    const pid = await pidOf(kernel, plugin);
    if (pid !== null && kill(pid)) kills++;
    outcomes.push(...(await Promise.all(calls)));
  }
  outcomes.push(await callOnce(kernel, plugin));
  return kills;
}

async function pidOf(kernel: KernelProcess, plugin: string): Promise<number | null> {
  const response = await fetch(`${kernel.url}/api/plugins/${plugin}`, {
    headers: { authorization: `Bearer ${kernel.token}` },
  });
  return statusSchema.parse(await response.json()).status.pid;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in between: no kill to count.
    return false;
  }
}

await t.test(
  `${plugins * killsEach} plugin kills under load: every run accounted for, nothing left behind`,
  { timeout: 240_000 },
  async (t) => {
    await using home = await createChaosHome(plugins);
    const kernel = await startKernel(home);
    const outcomes: CallOutcome[] = [];
    let kills = 0;
    // Ten plugins at a time: the machine has few cores and fifty cold starts at once prove nothing more.
    for (let first = 0; first < plugins; first += 10) {
      const names = Array.from({ length: 10 }, (_, index) => `p${first + index}`);
      const killed = await Promise.all(names.map((name) => harass(kernel, name, outcomes)));
      kills += killed.reduce((sum, count) => sum + count, 0);
    }
    t.equal(kills, plugins * killsEach, 'all kills happened');
    t.same(await settled(() => findZombies(kernel.pid)), [], 'no zombie');
    t.equal(await kernel.stop(), 0, 'the kernel stops when asked');
    t.same(await settled(() => findProcesses(home)), [], 'no orphan process');

    const ledger = readLedger(home);
    const effects = await readEffects(home);
    t.equal(ledger.size, outcomes.length, 'one run a call');
    t.equal(new Set(effects).size, effects.length, 'no effect happened twice');
    const happened = new Set(effects);
    for (const { token, outcome } of outcomes) {
      const state = ledger.get(token) ?? 'nothing';
      if (outcome === 'ok' && (state !== 'SUCCEEDED' || !happened.has(token)))
        t.fail(`${token}: ok, but ${state}`);
      if (outcome !== 'ok' && state !== 'FAILED' && state !== 'UNKNOWN')
        t.fail(`${token}: ${outcome}, but ${state}`);
      if (happened.has(token) && state === 'FAILED')
        t.fail(`${token}: its effect happened, but the record says FAILED`);
    }
    const count = (outcome: string): number => outcomes.filter((one) => one.outcome === outcome).length;
    t.ok(
      count('ok') >= plugins,
      `every plugin answered again after its kills (${count('ok')} ok, ${count('refused')} refused)`,
    );
    t.ok(count('refused') > 0, 'some calls died with their plugin: the test did disturb them');
  },
);
