import { existsSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { operatorScope } from '../../runtime/contract/scope.ts';
import { partsOf } from '../../runtime/settings/env-file.ts';
import { migrateEnvFile } from '../../runtime/settings/env-migration.ts';
import { define, openTestSettings } from '../fixtures/settings-stage.ts';
import { dataDirOf } from '../fixtures/store-stage.ts';

const scope = operatorScope('.env');
const secret = 'marked-secret-env-123456';
const definitions = [
  define('plugin.github.GITHUB_TOKEN', { sensitive: true }),
  define('plugin.my-weather.apiKey', { sensitive: true }),
  define('plugin.my-weather.units', { choices: ['metric', 'imperial'] }),
];
const kernelDefinitions = [
  define('log.level'),
  define('retries.max', { type: 'number' }),
  define('beta.on', { type: 'boolean' }),
  define('shared.dirs', { type: 'directory', multiple: true }),
];
const text = `# Where to listen
HOST=127.0.0.1
PORT=8080

export GITHUB_TOKEN="${secret}"
MY_WEATHER_API_KEY='line one
line two-${secret}'
MY_WEATHER_UNITS=kelvin
LOG_LEVEL=debug # loud
NEXUS_RETRIES_MAX=3
BETA_ON=yes
SHARED_DIRS=/a, /b
EMPTY=
LOG_LEVEL=warn
SOMETHING_ELSE=x
`;
const rest = `# Where to listen
HOST=127.0.0.1
PORT=8080

MY_WEATHER_UNITS=kelvin
EMPTY=
SOMETHING_ELSE=x
`;

async function open(t: Test, dataDir = dataDirOf(t)) {
  const { settings } = await openTestSettings(t, dataDir);
  settings.define('plugins', definitions);
  settings.define('kernel', kernelDefinitions);
  const file = join(dataDir, 'x.env');
  writeFileSync(file, text, { mode: 0o644 });
  return { settings, file };
}

await t.test('what is a setting becomes one; the rest stays as it was written and is named', async (t) => {
  const { settings, file } = await open(t);
  const done = await migrateEnvFile(file, settings, scope);
  t.same(done, {
    imported: [
      { name: 'GITHUB_TOKEN', keys: ['plugin.github.GITHUB_TOKEN'] },
      { name: 'MY_WEATHER_API_KEY', keys: ['plugin.my-weather.apiKey'] },
      { name: 'LOG_LEVEL', keys: ['log.level'] },
      { name: 'NEXUS_RETRIES_MAX', keys: ['retries.max'] },
      { name: 'BETA_ON', keys: ['beta.on'] },
      { name: 'SHARED_DIRS', keys: ['shared.dirs'] },
    ],
    left: [
      { name: 'MY_WEATHER_UNITS', reason: 'setting plugin.my-weather.units must be one of metric, imperial' },
      { name: 'EMPTY', reason: 'no setting has this name' },
      { name: 'SOMETHING_ELSE', reason: 'no setting has this name' },
    ],
    backup: `${file}.backup`,
  });
  t.equal(readFileSync(file, 'utf8'), rest);
  t.equal(readFileSync(`${file}.backup`, 'utf8'), text);
  for (const one of [file, `${file}.backup`]) t.equal(statSync(one).mode & 0o777, 0o600);
  t.equal(settings.value('plugin.github.GITHUB_TOKEN'), secret);
  t.equal(settings.value('plugin.my-weather.apiKey'), `line one\nline two-${secret}`);
  t.equal(settings.value('log.level'), 'warn', 'the last one counts');
  t.equal(settings.value('retries.max'), 3);
  t.equal(settings.value('beta.on'), true);
  t.same(settings.value('shared.dirs'), ['/a', '/b']);
  const audit = await settings.audit(scope, { limit: 10 });
  t.equal(audit.length, 6);
  t.ok(audit.every(({ changedBy }) => changedBy === '.env'));
  t.notMatch(JSON.stringify([audit, done]), secret);

  t.match(await migrateEnvFile(file, settings, scope), { imported: [], backup: undefined }, 'once is enough');
  t.equal(readFileSync(file, 'utf8'), rest);
});

await t.test('ended after any step, it is finished the next time', async (t) => {
  for (const steps of ['settings', 'copy', 'half a copy', 'half a new file'] as const) {
    const dataDir = join(dataDirOf(t), steps.replaceAll(' ', '-'));
    const { settings, file } = await open(t, dataDir);
    await migrateEnvFile(file, settings, scope);
    const { length } = await settings.audit(scope, { limit: 100 });
    // The file is as it was before; what came before the end is there.
    writeFileSync(file, text);
    if (steps !== 'copy') rmSync(`${file}.backup`);
    if (steps === 'half a copy') writeFileSync(`${file}.backup.new`, 'half');
    if (steps === 'half a new file') writeFileSync(`${file}.new`, 'half');
    const again = await migrateEnvFile(file, settings, scope);
    t.match(again, { backup: `${file}.backup` }, steps);
    t.equal(readFileSync(file, 'utf8'), rest);
    t.equal(readFileSync(`${file}.backup`, 'utf8'), text);
    t.notOk(existsSync(`${file}.backup-2`));
    t.equal((await settings.audit(scope, { limit: 100 })).length, length, 'nothing is changed twice');
  }
});

await t.test('what a person has set since is not overwritten', async (t) => {
  const { settings, file } = await open(t);
  await settings.change(operatorScope('alice'), [{ key: 'log.level', value: 'error' }]);
  const done = await migrateEnvFile(file, settings, scope);
  t.equal(settings.value('log.level'), 'error');
  t.match(
    done?.left.find(({ name }) => name === 'LOG_LEVEL'),
    { reason: /already set/ },
  );
  t.match(readFileSync(file, 'utf8'), 'LOG_LEVEL=warn');
});

await t.test(
  'an earlier backup stays; a linked file is changed where it is; an empty one goes',
  async (t) => {
    const { settings, file } = await open(t);
    writeFileSync(`${file}.backup`, 'earlier');
    const link = `${file}.link`;
    symlinkSync(file, link);
    writeFileSync(file, 'LOG_LEVEL=debug\n\n');
    t.match(await migrateEnvFile(link, settings, scope), { backup: `${file}.backup-2` });
    t.equal(readFileSync(`${file}.backup`, 'utf8'), 'earlier');
    t.ok(lstatSync(link).isSymbolicLink());
    t.notOk(existsSync(file));
    t.equal(await migrateEnvFile(file, settings, scope), undefined);
    await t.rejects(migrateEnvFile(dirname(file), settings, scope), { code: 'CONFIG_INVALID' });
  },
);

await t.test('the parts of a file are the whole of it', (t) => {
  for (const one of [text, 'A=1', '\n\n', 'A="unclosed\nB=2\n', "no statement\r\nA='x'\r\n", '']) {
    t.equal(
      partsOf(one)
        .map((part) => part.text)
        .join(''),
      one,
    );
  }
  t.match(partsOf('A="unclosed\nB=2\n')[1], { name: 'B', value: '2' });
  t.match(partsOf("A='x'\r\nB=y\r\n"), [{ value: 'x' }, { value: 'y' }]);
  t.end();
});
