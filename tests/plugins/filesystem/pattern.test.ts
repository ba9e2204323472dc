import t from 'tap';
import { compilePattern } from '../../../plugins/filesystem/src/pattern.ts';

/** The cost of an expression, or why it is refused. */
const refused = (source: string): unknown => {
  try {
    return compilePattern(source, false, false).cost;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
};

await t.test('expressions, plain text and case', (test) => {
  test.ok(compilePattern('b+c$', false, false).test('abbc'));
  test.equal(compilePattern('b+c$', false, false).indexIn('äbbc'), 1);
  test.equal(compilePattern('x', false, false).indexIn('abc'), 0);
  test.notOk(compilePattern('a.c', true, false).test('abc'));
  test.ok(compilePattern('a.c(', true, true).test('xA.C('));
  test.ok(compilePattern('straße', false, true).test('STRAßE'));
  test.ok(compilePattern('^\\p{Han}+$', false, false).test('中文'));
  test.end();
});

await t.test('mistakes and costs are named', (test) => {
  test.match(refused('a('), /not valid: error parsing regexp: missing closing \)/);
  test.match(refused('(a)\\1'), /RE2 syntax/);
  test.match(refused('a{1000}b{1000}'), /too large \(\d+ steps/);
  test.match(refused('((((a{30}){30}){30}){30})'), /not valid/);
  test.ok(Number(refused('a{1,400}')) <= 1_000);
  test.end();
});
