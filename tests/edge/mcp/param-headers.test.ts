import t from 'tap';
import { decodeHeader, paramHeaderMismatch } from '../../../runtime/edge/mcp/param-headers.ts';
import { encodeHeader } from '../../fixtures/mcp-http.ts';
import { seededRandom } from '../../fixtures/seeded-random.ts';

const schema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    isDry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    deep: { type: 'object', properties: { er: { type: 'string', 'x-mcp-header': 'Deep-Er' } } },
    list: { type: 'array', items: { properties: { no: { 'x-mcp-header': 'No' } } } },
    plain: { type: 'string' },
  },
};
const headersOf = (headers: Record<string, string | string[]>): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [`mcp-param-${name}`, value]));

await t.test('headers that say what the body says, plain or encoded', (t) => {
  const good: [unknown, Record<string, string>][] = [
    [{}, {}],
    [undefined, {}],
    [{ plain: 'x', list: [{ no: 'x' }] }, {}],
    [{ region: 'eu' }, { region: 'eu' }],
    [{ region: 'eu' }, { region: encodeHeader('eu') }],
    [{ region: '' }, { region: '' }],
    [{ region: 'ü=?' }, { region: encodeHeader('ü=?') }],
    [{ count: 42 }, { count: '42' }],
    [{ count: 42 }, { count: '42.0' }],
    [{ count: -0.5 }, { count: '-0.50' }],
    [{ isDry: false }, { dry: 'false' }],
    [{ deep: { er: 'x' } }, { 'deep-er': 'x' }],
    [
      { region: null, deep: null },
      { region: 'ignored', 'deep-er': 'ignored' },
    ],
    [{ region: ['a'] }, {}],
    [{ deep: 'no object' }, {}],
  ];
  for (const [args, headers] of good) {
    t.equal(paramHeaderMismatch(schema, args, headersOf(headers)), null, JSON.stringify([args, headers]));
  }
  t.end();
});

await t.test('what is wrong is named', (t) => {
  const bad: [unknown, Record<string, string | string[]>, string | RegExp][] = [
    [{ region: 'eu' }, {}, 'the body carries region but the Mcp-Param-Region header is absent'],
    [{ deep: { er: 'x' } }, {}, 'the body carries deep.er but the Mcp-Param-Deep-Er header is absent'],
    [{ region: 'eu' }, { region: 'us' }, 'the Mcp-Param-Region header and region in the body differ'],
    [{ region: 'eu' }, { region: 'EU' }, /differ/],
    [{ region: 'eu' }, { region: ['eu', 'eu'] }, /absent/],
    [{ count: 42 }, { count: '0x2a' }, /differ/],
    [{ count: 42 }, { count: '4.2e1' }, /differ/],
    [{ count: 42 }, { count: ' 42' }, /differ/],
    [{ count: 42 }, { count: '' }, /differ/],
    [{ isDry: true }, { dry: 'True' }, /differ/],
    [{ isDry: true }, { dry: '1' }, /differ/],
    [{ region: 'eu' }, { region: '=?base64?***?=' }, 'the Mcp-Param-Region header carries invalid base64'],
    [{ region: 'eu' }, { region: '=?base64?ZXU?=' }, /invalid base64/],
    [{ region: '\ufffd' }, { region: `=?base64?${Buffer.from([0xff]).toString('base64')}?=` }, /invalid/],
  ];
  for (const [args, headers, problem] of bad) {
    t.match(paramHeaderMismatch(schema, args, headersOf(headers)), problem, JSON.stringify([args, headers]));
  }
  t.end();
});

await t.test('a schema that mirrors nothing, or is none, asks for nothing', (t) => {
  for (const none of [
    undefined,
    null,
    'text',
    {},
    { properties: 7 },
    { properties: { a: true } },
    { properties: { a: { 'x-mcp-header': 7 } } },
  ]) {
    t.equal(paramHeaderMismatch(none, { a: 'x' }, {}), null, JSON.stringify(none));
  }
  t.end();
});

await t.test('a schema that goes deeper than anybody writes is looked at so far and no further', (t) => {
  let inner: Record<string, unknown> = { type: 'string', 'x-mcp-header': 'Bottom' };
  let args: unknown = 'x';
  for (let depth = 0; depth < 5_000; depth++) {
    inner = { type: 'object', properties: { a: inner } };
    args = { a: args };
  }
  t.equal(paramHeaderMismatch(inner, args, {}), null);
  t.end();
});

await t.test('a header decodes to what was encoded, whatever it is', (t) => {
  const random = seededRandom(2243);
  const letters = ['a', ' ', '=', '?', 'é', '€', '😀', '\n', '\0', '"', '%', 'base64'];
  for (let round = 0; round < 2_000; round++) {
    const text = Array.from({ length: random(20) }, () => letters[random(letters.length)]).join('');
    if (decodeHeader(encodeHeader(text)) !== text) t.fail(JSON.stringify(text));
    if (paramHeaderMismatch(schema, { region: text }, headersOf({ region: encodeHeader(text) })) !== null) {
      t.fail(JSON.stringify(text));
    }
    const other = `${text}x`;
    if (paramHeaderMismatch(schema, { region: text }, headersOf({ region: encodeHeader(other) })) === null) {
      t.fail(`${JSON.stringify(text)} taken for ${JSON.stringify(other)}`);
    }
  }
  t.equal(decodeHeader('plain text'), 'plain text');
  t.equal(decodeHeader('=?base64?'), null);
  t.end();
});
