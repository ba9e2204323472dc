import t from 'tap';
import { campaign } from '../fixtures/campaign.ts';
import {
  callOnce,
  createChaosHome,
  findProcesses,
  readEffects,
  readLedger,
  settled,
  type CallOutcome,
} from '../fixtures/chaos-stage.ts';
import { startKernel } from '../fixtures/kernel-process.ts';

const kernelKills = campaign(50, 8);
const finalStates = new Set(['SUCCEEDED', 'FAILED', 'UNKNOWN', 'CANCELED']);

await t.test(
  `${kernelKills} kernel kills under load: no run lost, no orphan, the database intact`,
  { timeout: 300_000 },
  async (t) => {
    await using home = await createChaosHome(2);
    const outcomes: CallOutcome[] = [];
    for (let round = 0; round < kernelKills; round++) {
      const kernel = await startKernel(home);
      let isUp = true;
      const callers = Array.from({ length: 8 }, async (_, index) => {
        while (isUp) outcomes.push(await callOnce(kernel, `p${index % 2}`));
      });
      // A different moment of the work each time: during start, with few and with many calls done.
      const enough = outcomes.length + (round % 10) * 4;
      for (let look = 0; look < 400 && outcomes.length < enough; look++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await kernel.kill();
      isUp = false;
      await Promise.all(callers);
      const orphans = await settled(() => findProcesses(home));
      if (orphans.length > 0) t.same(orphans, [], `no plugin outlives kernel ${round}`);
    }
    const last = await startKernel(home);
    t.equal((await callOnce(last, 'p0')).outcome, 'ok', 'the kernel works after so many crashes');
    t.equal(await last.stop(), 0);
    t.same(await settled(() => findProcesses(home)), [], 'no orphan process');

    const ledger = readLedger(home);
    const effects = await readEffects(home);
    t.equal(new Set(effects).size, effects.length, 'no effect happened twice');
    for (const token of effects) if (!ledger.has(token)) t.fail(`${token}: an effect without a record`);
    for (const [token, state] of ledger) if (!finalStates.has(state)) t.fail(`${token} is still ${state}`);
    const happened = new Set(effects);
    for (const [token, state] of ledger) {
      if (happened.has(token) && state !== 'SUCCEEDED' && state !== 'UNKNOWN')
        t.fail(`${token}: done, but ${state}`);
    }
    for (const { token, outcome } of outcomes) {
      if (outcome === 'ok' && ledger.get(token) !== 'SUCCEEDED')
        t.fail(`${token}: answered, but ${ledger.get(token)}`);
    }
    const lost = outcomes.filter(({ outcome }) => outcome === 'lost').length;
    const unknown = [...ledger.values()].filter((state) => state === 'UNKNOWN').length;
    t.ok(
      lost > 0,
      `calls were in flight when the kernel died (${lost} lost, ${unknown} UNKNOWN of ${ledger.size} runs)`,
    );
  },
);
