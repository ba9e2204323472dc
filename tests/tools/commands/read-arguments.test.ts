import t from 'tap';
import type { JsonObject } from '../../../runtime/contract/plugins.ts';
import type { ToolEntry } from '../../../runtime/contract/tools.ts';
import { commandsOf } from '../../../runtime/tools/commands/command.ts';
import { readArguments } from '../../../runtime/tools/commands/read-arguments.ts';
import { draftManifest } from '../../fixtures/host-stage.ts';

const properties = {
  city: { type: 'string' },
  days: { type: 'integer' },
  units: { enum: ['metric', 'imperial'] },
  exact: { type: 'boolean' },
  limit: { anyOf: [{ type: 'number' }, { type: 'null' }] },
  tags: { type: 'array', items: { type: 'string' } },
  counts: { type: 'array', items: { type: 'integer' } },
  more: { type: 'object' },
  any: {},
};

function entryOf(definition: JsonObject, tool = 'forecast'): ToolEntry {
  const manifest = draftManifest('weather');
  const base = {
    publicName: `weather__${tool}`,
    plugin: 'weather',
    tool,
    effect: 'read',
    approval: 'never',
  } as const;
  return { ...base, definition, manifest };
}

function read(line: string, positional: readonly string[], required: readonly string[] = []): unknown {
  const meta = { 'dev.nexus/commands': [{ name: 'now', positional }] };
  const inputSchema = { type: 'object', properties, required };
  const [command] = commandsOf(entryOf({ inputSchema, _meta: meta }));
  if (command === undefined) throw new TypeError('no command');
  const answer = readArguments(line, command);
  return 'args' in answer ? answer.args : answer.problem;
}

await t.test('words by order, names, JSON', (t) => {
  t.same(read('Paris 3', ['city', 'days']), { city: 'Paris', days: 3 });
  t.same(read('days=3 Paris', ['city', 'days']), { city: 'Paris', days: 3 });
  t.same(
    read('city="New York" 3', ['city', 'days']),
    { city: 'New York', days: 3 },
    'a name takes its place',
  );
  t.same(read(' {"city": "Paris", "more": {"a": [1]}}', ['city']), { city: 'Paris', more: { a: [1] } });
  t.same(read('', ['city']), {});
  t.end();
});

await t.test('the last word takes the rest when it can', (t) => {
  t.same(read('New York', ['city']), { city: 'New York' });
  t.same(read('3 New York', ['days', 'city']), { days: 3, city: 'New York' });
  t.same(read('a "b c" d', ['tags']), { tags: ['a', 'b c', 'd'] });
  t.match(read('New York', ['city', 'days']), /^days must be a whole number, not "York"$/);
  t.match(read('1 2', ['days']), /^"2" is one word too many/);
  t.match(read('Paris', []), /^"Paris" is one word too many/);
  t.end();
});

await t.test('every type of the schema', (t) => {
  const all: readonly (readonly [string, unknown])[] = [
    ['days=-3', { days: -3 }],
    ['units=metric', { units: 'metric' }],
    ['exact=Yes', { exact: true }],
    ['exact=off', { exact: false }],
    ['limit=1.5', { limit: 1.5 }],
    ['limit=null', { limit: null }],
    ['tags=a,b', { tags: ['a', 'b'] }],
    [`tags='["a,b"]'`, { tags: ['a,b'] }],
    ['tags=a tags=b', { tags: ['a', 'b'] }],
    ['counts=1,2', { counts: [1, 2] }],
    ['counts=1 counts=2', { counts: [1, 2] }],
    [`more='{"a":1}'`, { more: { a: 1 } }],
    ['any=3', { any: 3 }],
    ['any=text', { any: 'text' }],
    ['city=3', { city: '3' }],
    ['city=', { city: '' }],
    ['"days=3"', { city: 'days=3' }],
  ];
  for (const [line, expected] of all) t.same(read(line, ['city']), expected, line);
  t.end();
});

await t.test('what does not fit says what would', (t) => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['days=x', /^days must be a whole number, not "x"$/],
    ['days=1.5', /^days must be a whole number/],
    ['exact=maybe', /^exact must be true or false/],
    ['limit=x', /^limit must be a number or null/],
    ['counts=1,x', /^counts must be a list such as a,b,c/],
    ['more=x', /^more must be a JSON object/],
    ['dais=3', /^it has no argument "dais"; did you mean "days"$/],
    ['zzz=3', /^it has no argument "zzz"; put "zzz=3" in quotes/],
    ['__proto__=3', /^it has no argument "__proto__"/],
    ['days=1 days=2', /^days is given 2 times$/],
    ['{"city"', /^the arguments are no JSON object \(/],
    ['"', /never closed/],
  ];
  for (const [line, expected] of wrong) t.match(read(line, ['city']), expected, line);
  t.match(read('', ['city'], ['city', 'days']), /^city, days are missing$/);
  t.match(read('{}', [], ['city']), /^city is missing$/);
  t.end();
});

await t.test('the usage shows order, need and choice; fixed arguments are no one’s to give', (t) => {
  const some = { city: properties.city, days: properties.days, units: properties.units };
  const inputSchema = { type: 'object', properties: some, required: ['city', 'days'] };
  const declared = [
    { name: 'today', description: 'Now', positional: ['city', 'nowhere'], with: { days: 1 } },
    { name: 'not a name' },
    'nothing',
  ];
  const commands = commandsOf(
    entryOf({ description: 'Own', inputSchema, _meta: { 'dev.nexus/commands': declared } }),
  );
  t.match(
    commands.map(({ view }) => view),
    [
      {
        command: '/weather.today',
        usage: '/weather.today <city> [units=metric|imperial]',
        description: 'Now',
      },
      {
        command: '/weather.forecast',
        usage: '/weather.forecast <city> <days> [units:metric|imperial]',
        description: 'Own',
      },
    ],
  );
  const [today] = commands;
  if (today === undefined) throw new TypeError('no command');
  t.same(readArguments('Paris', today), { args: { city: 'Paris', days: 1 } });
  t.match(readArguments('Paris days=3', today), { problem: /no argument "days"/ });
  t.same(readArguments('{"city":"Paris","days":3}', today), { args: { city: 'Paris', days: 1 } });
  t.end();
});

await t.test('a tool without a schema worth the name still has its command', (t) => {
  const [command] = commandsOf(
    entryOf({ inputSchema: { type: 'object', properties: 'no', required: 3 }, _meta: 1 }),
  );
  t.match(command?.view, { command: '/weather.forecast', usage: '/weather.forecast', description: '' });
  t.end();
});
