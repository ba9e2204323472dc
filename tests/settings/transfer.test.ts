import t from 'tap';
import { exportSettings, importSettings } from '../../runtime/settings/transfer.ts';
import { alice, bob, define, openTestSettings } from '../fixtures/settings-stage.ts';
import { dataDirOf } from '../fixtures/store-stage.ts';
import type { Test } from 'tap';

const secret = 'marked-secret-1234-abcdef';
const definitions = [
  define('plugin.x.TOKEN', { sensitive: true }),
  define('plugin.x.port', { type: 'number', format: 'port' }),
  define('plugin.x.dirs', { type: 'directory', multiple: true }),
];
const values = [
  { key: 'plugin.x.TOKEN', value: secret },
  { key: 'plugin.x.port', value: 8080 },
  { key: 'plugin.x.dirs', value: ['/a', '/b'] },
];
const passphrase = 'correct horse battery';

/** Settings of two installations: one where all is set, one where nothing is. */
async function openTwo(t: Test) {
  const from = await openTestSettings(t);
  from.settings.define('plugin.x', definitions);
  await from.settings.change(alice, values);
  const to = await openTestSettings(t, `${dataDirOf(t)}-2`);
  return { from: from.settings, to: to.settings };
}

await t.test('JSON without secrets, which are named; importing it twice changes nothing more', async (t) => {
  const { from, to } = await openTwo(t);
  const text = await exportSettings(from);
  t.notMatch(text, secret);
  t.match(JSON.parse(text), {
    format: 'nexus-settings',
    version: 1,
    settings: { 'plugin.x.port': 8080, 'plugin.x.dirs': ['/a', '/b'] },
    secrets: {},
    leftOut: ['plugin.x.TOKEN'],
  });
  to.define('plugin.x', definitions);
  const changed = ['plugin.x.dirs', 'plugin.x.port'];
  const report = { changed, undeclared: [], unknown: [], leftOut: ['plugin.x.TOKEN'] };
  t.same(await importSettings(to, bob, text), report);
  t.equal(to.value('plugin.x.port'), 8080);
  t.match(await to.audit(bob, { limit: 1 }), [{ changedBy: 'bob' }]);
  t.same(await importSettings(to, bob, text), { ...report, changed: [] });
});

await t.test('everything under a passphrase; what nobody declares is kept for whoever will', async (t) => {
  const { from, to } = await openTwo(t);
  const text = await exportSettings(from, passphrase);
  t.match(text, /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  t.notMatch(text, secret);
  await t.rejects(importSettings(to, bob, text), { code: 'SETTINGS_FILE_INVALID', message: /encrypted/ });
  await t.rejects(importSettings(to, bob, text, `${passphrase}!`), {
    code: 'SETTINGS_FILE_INVALID',
    message: /passphrase/,
  });
  const { undeclared } = await importSettings(to, bob, text, passphrase);
  t.same([...undeclared].sort(), ['plugin.x.TOKEN', 'plugin.x.dirs', 'plugin.x.port']);
  t.same(to.views(), []);
  to.define('plugin.x', definitions);
  t.equal(to.value('plugin.x.TOKEN'), secret);
  t.match(to.view('plugin.x.TOKEN'), { value: null, masked: '••••••••cdef' });
  t.match(await to.audit(bob, { key: 'plugin.x.TOKEN', limit: 1 }), [{ newValue: '••••••••' }]);
});

await t.test('names that no plugin can declare are told with the nearest one, and not kept', async (t) => {
  const { from, to } = await openTwo(t);
  to.define('plugin.x', definitions);
  to.define('kernel', [define('log.level', {})]);
  const good = JSON.parse(await exportSettings(from));
  const settings = { 'log.levle': 'debug', 'plugin.y.port': 1, 'plugin.x.port': 2 };
  const text = JSON.stringify({ ...good, settings, secrets: { 'no.such': secret } });
  t.match(await importSettings(to, bob, text), {
    changed: ['plugin.y.port', 'plugin.x.port'],
    undeclared: ['plugin.y.port'],
    unknown: [
      { key: 'log.levle', nearest: 'log.level' },
      { key: 'no.such', nearest: null },
    ],
  });
  const kept = to.contents(true);
  t.same({ ...kept.settings, ...kept.secrets }, { 'plugin.x.port': 2, 'plugin.y.port': 1 });
  t.equal((await to.audit(bob, { limit: 10 })).length, 2);
});

await t.test('nothing of a file that does not fit is set', async (t) => {
  const { from, to } = await openTwo(t);
  to.define('plugin.x', definitions);
  const good = JSON.parse(await exportSettings(from));
  const edited = (change: object) => JSON.stringify({ ...good, ...change });
  for (const [text, problem] of [
    ['{', /not JSON/],
    ['{}', /format/],
    [edited({ version: 2 }), /version/],
    [edited({ settings: { '__proto__.x': 1, '9bad key': 1 } }), /settings/],
    [edited({ more: 1 }), /more/],
  ] as const) {
    await t.rejects(importSettings(to, bob, text), { code: 'SETTINGS_FILE_INVALID', message: problem }, text);
  }
  const half = edited({ settings: { 'plugin.x.dirs': ['/a'], 'plugin.x.port': 99_999 } });
  await t.rejects(importSettings(to, bob, half), { code: 'SETTING_INVALID', message: /plugin\.x\.port/ });
  const twice = edited({ secrets: { 'plugin.x.port': 'a' } });
  await t.rejects(importSettings(to, bob, twice), { code: 'SETTING_INVALID', message: /twice/ });
  t.same(
    to.views().filter(({ isSet }) => isSet),
    [],
  );
  await t.rejects(exportSettings(from, 'short'), { code: 'SETTINGS_FILE_INVALID', message: /12 characters/ });
});
