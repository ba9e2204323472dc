import t from 'tap';
import { BOMBS, endOf, ESCAPES, LOOPS, timeoutOf, TRACES } from './attacks.ts';
import { startCode } from './harness.ts';

t.setTimeout(600_000);

for (const [kind, attacks] of Object.entries({ ESCAPES, LOOPS, BOMBS, TRACES })) {
  await t.test(`attacks end themselves and nothing else: ${kind.toLowerCase()}`, async (test) => {
    const plugin = await startCode(test);
    for (const attack of attacks) {
      const { name, source, gets } = attack;
      const [ordinary, expected] = attack.ordinary;
      const words = endOf(attack);
      const options = { timeoutMs: timeoutOf(attack) };
      // And that the script after the attack before it does.
      test.same(await plugin.result(ordinary), expected, `${name}: the ordinary case works`);
      if (words === undefined) test.same(await plugin.result(source, options), gets, name);
      else test.match(await plugin.refusal(source, options), words, name);
    }
    test.equal(await plugin.result('return 1'), 1, 'the next script works after the last one too');
  });
}
