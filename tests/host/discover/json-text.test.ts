import t from 'tap';
import { placeOf, readJsonText } from '../../../runtime/host/discover/json-text.ts';

const broken = [
  { text: '{\n  "a": 1\n  "b": 2\n}', place: ':3:3', todo: /missing comma or colon/ },
  { text: '{\n  "a": [1, 2,]\n}', place: ':2:14', todo: /comma too many/ },
  { text: '{\n  // why\n  "a": 1\n}', place: ':2:3', todo: /JSON has none/ },
  { text: "{ 'a': 1 }", place: ':1:3', todo: /double quotes/ },
  { text: '{ "a": tru }', place: ':1:8', todo: /./ },
  { text: '{ "a": 1', place: ':1:9', todo: /./ },
  { text: '  \n', place: '', todo: /Write a manifest such as/ },
];

for (const { text, place, todo } of broken) {
  await t.test(`a syntax error is found in ${JSON.stringify(text)}`, async (t) => {
    const read = await readJsonText(text);
    t.match(read, { ok: false, place, problem: { todo } });
  });
}

await t.test('a byte order mark, which Windows editors write, is no error', async (t) => {
  t.same(await readJsonText('\uFEFF{"a":1}'), { ok: true, value: { a: 1 } });
});

await t.test('a key is located by line and column, a missing one by its nearest parent', async (t) => {
  const text = '{\n  "a": {\n    "list": [1,\n      2]\n  }\n}';
  t.equal(await placeOf(text, ['a']), ':2:3');
  t.equal(await placeOf(text, ['a', 'list', 1]), ':4:7');
  t.equal(await placeOf(text, ['a', 'absent']), ':2:3');
  t.equal(await placeOf(text, []), ':1:1');
});
