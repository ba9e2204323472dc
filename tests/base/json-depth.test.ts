import t from 'tap';
import { isTooDeep, jsonDepthLimit } from '../../runtime/base/json-depth.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

await t.test('nesting is counted, brackets in strings are not', async (t) => {
  t.equal(isTooDeep(nested(jsonDepthLimit)), false);
  t.equal(isTooDeep(nested(jsonDepthLimit + 1)), true);
  t.equal(isTooDeep(`[${'{"a":'.repeat(jsonDepthLimit)}1${'}'.repeat(jsonDepthLimit)}]`), true);
  t.equal(isTooDeep(JSON.stringify('['.repeat(1_000))), false);
  t.equal(isTooDeep(JSON.stringify({ a: '\\"[['.repeat(1_000) })), false);
  t.equal(isTooDeep(JSON.stringify(Array.from({ length: 1_000 }, () => [[{}]]))), false);
});
