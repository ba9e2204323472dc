import t from 'tap';
import { readSettings } from '../../../plugin-template/sdk/src/settings.ts';

const all = {
  NAME: { type: 'string', title: 'Name', required: true },
  URL: { type: 'string', title: 'URL', format: 'url' },
  UNITS: { type: 'string', title: 'Units', choices: ['metric', 'imperial'], default: 'metric' },
  PORT: { type: 'number', title: 'Port', format: 'port' },
  LIMIT: { type: 'number', title: 'Limit', min: 1, max: 3 },
  LOUD: { type: 'boolean', title: 'Loud' },
  FOLDERS: { type: 'directory', title: 'Folders', multiple: true },
  TOKEN: { type: 'string', title: 'Token', sensitive: true },
} as const;

const fromNexus = (given: object) => readSettings(all, { NEXUS_SETTINGS: JSON.stringify(given) });

await t.test('what Nexus passes, with its types', (t) => {
  const given = { NAME: 'a', URL: 'https://a.example', PORT: 80, LIMIT: 2, LOUD: false, FOLDERS: ['/a'] };
  const { settings, secrets, problems } = fromNexus({ ...given, TOKEN: 'hunter22' });
  t.same(settings, { ...given, UNITS: 'metric' });
  t.equal(secrets.TOKEN, 'hunter22');
  t.equal(JSON.stringify({ settings, secrets, spread: { ...secrets } }).includes('hunter22'), false);
  t.same(problems, []);
  t.end();
});

await t.test('the environment of any other client', (t) => {
  const environment = { NAME: 'a', PORT: '80', LIMIT: ' 2 ', LOUD: 'true', FOLDERS: '/a', TOKEN: '' };
  const { settings, secrets, problems } = readSettings(all, environment);
  t.same(settings, { NAME: 'a', UNITS: 'metric', PORT: 80, LIMIT: 2, LOUD: true, FOLDERS: ['/a'] });
  t.equal(secrets.TOKEN, undefined, 'an empty variable sets nothing');
  t.same(problems, []);
  t.same(readSettings(all, { NAME: 'a', FOLDERS: '["/a","/b"]' }).settings.FOLDERS, ['/a', '/b']);
  t.end();
});

await t.test('defaults name the places of this machine', (t) => {
  const declared = { DIR: { type: 'directory', title: 'Folder', default: '${workspace}/a' } } as const;
  t.equal(readSettings(declared, { NEXUS_WORKSPACE: '/w' }).settings.DIR, '/w/a');
  const several = {
    DIRS: { type: 'directory', title: 'Folders', multiple: true, default: ['${home}'] },
  } as const;
  t.not(readSettings(several, {}).settings.DIRS[0], '${home}');
  t.same(readSettings(undefined, {}).problems, []);
  t.end();
});

const wrong: Readonly<Record<string, readonly [object, RegExp]>> = {
  'a missing one': [{ NAME: '' }, /^The setting NAME \(Name\) is missing; .* NAME$/],
  'no text': [{ NAME: 1 }, /NAME must be text/],
  'no URL': [{ NAME: 'a', URL: 'a b' }, /URL must be a URL/],
  'no choice': [{ NAME: 'a', UNITS: 'feet' }, /UNITS must be one of metric, imperial/],
  'no port': [{ NAME: 'a', PORT: 70_000 }, /PORT must be a port from 1 to 65535/],
  'no number': [{ NAME: 'a', LIMIT: 'x' }, /LIMIT must be a number/],
  'too small': [{ NAME: 'a', LIMIT: 0 }, /LIMIT must be at least 1/],
  'too large': [{ NAME: 'a', LIMIT: 4 }, /LIMIT must be at most 3/],
  'no switch': [{ NAME: 'a', LOUD: 'maybe' }, /LOUD must be true or false/],
  'no list': [{ NAME: 'a', FOLDERS: [1] }, /FOLDERS must be a list of texts/],
  'a broken list': [{ NAME: 'a', FOLDERS: '[1' }, /FOLDERS must be a JSON list of texts/],
};
await t.test('what is wrong is said, once for each setting', (t) => {
  for (const [name, [given, expected]] of Object.entries(wrong)) {
    const { problems } = fromNexus(given);
    t.equal(problems.length, 1, name);
    t.match(problems[0], expected, name);
  }
  t.end();
});
