import t from 'tap';
import { matchesTemplate } from '../../runtime/tools/uri-template.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';

await t.test('literal parts in order, first and last at the ends, anything between', (t) => {
  const yes = [
    ['x:{a}', 'x:'],
    ['x:{a}', 'x:1/2?3'],
    ['{a}', ''],
    ['{a}', 'anything'],
    ['x:{a}/y/{b}/end', 'x:1/y/2/end'],
    ['x:{a}/y/{b}/end', 'x:1/y/y/y/2/end'],
    ['x:{+path}{?q,r}', 'x:a/b?q=1'],
    ['{a}{b}', 'z'],
    ['x:exact', 'x:exact'],
    ['x:{a}aa', 'x:aaa'],
    ['x:{unclosed', 'x:{unclosed'],
  ] as const;
  for (const [template, uri] of yes) t.ok(matchesTemplate(template, uri), `${template} can be ${uri}`);
  const no = [
    ['x:{a}', 'y:1'],
    ['x:{a}/end', 'x:1'],
    ['x:{a}/end', 'x:/en'],
    ['ab{a}ba', 'aba'],
    ['x:{a}/y/{b}/end', 'x:1/y/end'],
    ['x:exact', 'x:exact!'],
    ['x:{a}/y{b}', 'x:1/z'],
    ['', 'x'],
  ] as const;
  for (const [template, uri] of no) t.notOk(matchesTemplate(template, uri), `${template} cannot be ${uri}`);
  t.end();
});

await t.test('more than 4,096 characters match nothing', (t) => {
  t.ok(matchesTemplate('x:{a}', `x:${'a'.repeat(4_094)}`));
  t.notOk(matchesTemplate('x:{a}', `x:${'a'.repeat(4_095)}`));
  const long = 'x'.repeat(4_097);
  t.notOk(matchesTemplate(long, long));
  t.end();
});

await t.test('agrees with a regular expression made of the template', (t) => {
  const random = seededRandom(6570);
  const pick = (letters: string): string => letters.charAt(random(letters.length));
  const word = (max: number): string => Array.from({ length: random(max) }, () => pick('ab/')).join('');
  let matched = 0;
  for (let round = 0; round < 5_000; round++) {
    const parts = Array.from({ length: 1 + random(4) }, () => word(4));
    const template = parts.join('{v}');
    const uri = random(2) === 0 ? word(12) : parts.join(word(4));
    const isRight = new RegExp(`^${parts.join('.*')}$`, 's').test(uri);
    if (isRight) matched++;
    if (matchesTemplate(template, uri) !== isRight) t.fail(`${template} and ${uri}`);
  }
  t.ok(matched > 1_000 && matched < 4_900, `${matched} of 5,000 match`);
  t.end();
});

await t.test('a hostile template costs next to nothing', (t) => {
  const templates = [
    '{a}b'.repeat(1_000),
    '{'.repeat(4_096),
    `${'{a}'.repeat(1_300)}b`,
    `{${'a'.repeat(4_000)}`,
  ];
  const startedMs = performance.now();
  for (const template of templates) {
    for (let time = 0; time < 50; time++) matchesTemplate(template, 'b'.repeat(2_000) + 'a'.repeat(2_000));
  }
  t.ok(performance.now() - startedMs < 2_000);
  t.end();
});
