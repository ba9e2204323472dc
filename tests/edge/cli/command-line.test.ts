import t from 'tap';
import { readArguments, readNumber, type CommandSpec } from '../../../runtime/edge/cli/command-line.ts';

const spec: CommandSpec = {
  words: 'NAME [MORE]',
  count: [1, 2],
  summary: 'For the test',
  options: { data: { value: 'DIR', about: 'a value' }, json: { about: 'a switch' } },
  load: () => Promise.reject(new Error('is never run here')),
};
const read = (...argv: readonly string[]) => readArguments('test', spec, argv);

await t.test('words, values and switches in any order', async (t) => {
  const given = read('one', '--data', 'd', '-', '--json');
  t.same(given.words, ['one', '-']);
  t.same(given.values, { data: 'd' });
  t.same([...given.switches], ['json']);
  t.equal(given.rest, undefined);
  t.same(read('one', '--data=a=b').values, { data: 'a=b' });
});

await t.test('what follows -- is taken as it is', async (t) => {
  const takesRest = { ...spec, takesRest: true };
  const given = readArguments('test', takesRest, ['one', '--', 'node', '--json', '--', 'x']);
  t.same(given.rest, ['node', '--json', '--', 'x']);
  t.same([...given.switches], []);
});

const wrong: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
  'an unknown option names the nearest': [
    ['one', '--dta', 'x'],
    /has no option --dta; the nearest one is --data/,
  ],
  'a far one does not': [['one', '--zzzzzz'], /has no option --zzzzzz\. /],
  'a short one': [['one', '-x'], /has no option -x/],
  'a missing value': [['one', '--data'], /--data needs a value: DIR/],
  'an option in place of a value': [['one', '--data', '--json'], /--data needs a value: DIR/],
  'a value too many': [['one', '--json=yes'], /--json takes no value/],
  'a word too few': [[], /Something is missing: nexus test NAME \[MORE\]/],
  'a word too many': [['one', 'two', 'three'], /"three" is one word too many/],
  'a rest nobody takes': [['one', '--', 'x'], /takes nothing after "--"/],
  'a name of Object.prototype': [['one', '--constructor'], /has no option --constructor/],
};
for (const [name, [argv, message]] of Object.entries(wrong)) {
  await t.test(name, async (t) => {
    t.throws(() => read(...argv), { code: 'USAGE', message });
  });
}

await t.test('numbers are whole and in range', async (t) => {
  t.equal(readNumber('limit', '20', 1, 1_000), 20);
  for (const text of ['0', '1001', '1.5', '', 'ten', '-1', '0x10', '1e2'])
    t.throws(() => readNumber('limit', text, 1, 1_000), { code: 'USAGE' }, text);
});
