import t from 'tap';
import { REQUIRED_COUNTS, RUNS, readRequired, runThroughKernel } from './conformance-suite.ts';

t.setTimeout(240_000);

for (const [revision, count] of Object.entries(REQUIRED_COUNTS)) {
  await t.test(`${revision} requires ${count} scenarios of a server`, async (t) => {
    const required = await readRequired(revision === '2025-11-25' ? revision : '2026-07-28');
    t.equal(new Set(required).size, count);
  });
}

for (const { revision, era, impossible, leastPassed } of RUNS) {
  await t.test(`${revision} through the kernel, plugin of the ${era} era`, async (t) => {
    const outcomes = await runThroughKernel(revision, era);
    t.equal(outcomes.length, REQUIRED_COUNTS[revision], 'every required scenario has an outcome');
    if (leastPassed !== undefined) {
      const passed = outcomes.filter(({ isPassed }) => isPassed).length;
      t.ok(passed >= leastPassed, `${passed} passed, at least ${leastPassed} must`);
      return;
    }
    for (const { name, isPassed, complaints, warnings } of outcomes) {
      if (name in impossible) t.notOk(isPassed, `${name} is listed as impossible, and is`);
      else t.ok(isPassed, name, { complaints, warnings });
    }
  });
}
