import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createKernelHome, startKernel } from '../../fixtures/kernel-process.ts';
import { echoManifest, runNexus, runNexusOnTerminal } from '../../fixtures/nexus-command.ts';

const secret = 'marked-secret-2468-abcdef';
const settings = {
  TOKEN: { type: 'string', title: 'Access token', sensitive: true, required: true },
  folders: { type: 'directory', title: 'Folders', multiple: true },
  pages: { type: 'number', title: 'Pages', max: 9 },
  aNameThatIsLongerThanAnyNameShouldBe: { type: 'string', title: 'A long name' },
};

t.setTimeout(120_000);
const home = await createKernelHome({ echo: { ...echoManifest, settings } });
const kernel = await startKernel(home);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const nexus = (words: readonly string[], input = '') =>
  runNexus(['settings', ...words, '--data', home.data], { input });

await t.test('values are set, shown and cleared', async (t) => {
  t.match(await nexus(['set', 'plugin.echo.pages', '3']), {
    code: 0,
    stdout:
      /^plugin\.echo\.pages is 3\necho: needs the setting "Access token"[^]*settings set plugin\.echo\.TOKEN/,
  });
  t.match(await nexus(['set', 'plugin.echo.folders', '/a', '/b b']), { code: 0, stdout: /is \/a, \/b b/ });
  t.match(await nexus(['set', 'log.level', '-'], 'warn\n'), { code: 0, stdout: /is warn/ });
  t.match(await nexus(['get', 'plugin.echo.pages']), {
    code: 0,
    stdout: /Value +3\n[^]*Changed[^]*number +… 9/,
  });
  t.match(await nexus(['get', 'plugin.echo.pages', '--json']), { stdout: /"version": 1/ });
  t.match(await nexus([]), { code: 0, stdout: /log\.level +warn +cli[^]*plugin\.echo\.TOKEN +- / });
  t.match(await nexus(['unset', 'log.level']), { code: 0, stdout: 'log.level is info\n' });
  t.match(await nexus(['audit', 'log.level']), {
    code: 0,
    stdout: /cli +log\.level +warn +-\n[^]*info|cli +log\.level/,
  });
});

await t.test('the list fits the terminal', async (t) => {
  const { stdout } = await runNexusOnTerminal(['settings', '--data', home.data], {
    env: { ...process.env, NO_COLOR: '1' },
  });
  t.match(stdout, /^log\.level /m);
  t.same(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});

await t.test('a secret comes from stdin or an unseen prompt, never from the command line', async (t) => {
  const refused = await nexus(['set', 'plugin.echo.TOKEN', secret]);
  t.match(refused, { code: 2, stderr: /is a secret: leave it out here/ });
  t.notMatch(refused.stderr, secret);
  t.match(await nexus(['set', 'plugin.echo.TOKEN'], `${secret}\n`), {
    code: 0,
    stdout: /is •+cdef\necho runs with it\n$/,
  });
  t.match(await nexus(['set', 'plugin.echo.TOKEN']), { code: 2, stderr: /Nothing was given/ });
  const typed = await runNexusOnTerminal(['settings', 'set', 'plugin.echo.TOKEN', '--data', home.data], {
    input: 'typed-secret-value-zzzz\r',
    inputAfter: 'plugin.echo.TOKEN: ',
  });
  t.match(typed, { code: 0, stdout: /•zzzz/ });
  t.notMatch(typed.stdout, /typed-secret/, 'no echo');
  t.notMatch((await nexus(['audit'])).stdout, /typed|marked/);
});

await t.test('export and import, in clear and encrypted', async (t) => {
  const file = join(home.root, 'settings.age');
  const passphrase = 'a long passphrase\n';
  t.match(await nexus(['export', file, '--encrypt'], passphrase), { code: 0, stdout: /Written to/ });
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(readFileSync(file, 'utf8'), /^-----BEGIN AGE/);
  const plain = await nexus(['export']);
  t.match(plain, { code: 0, stdout: /"plugin\.echo\.pages": 3/ });
  await nexus(['unset', 'plugin.echo.TOKEN']);
  t.match(await nexus(['import', file], 'a wrong passphrase'), { code: 1, stderr: /SETTINGS_FILE_INVALID/ });
  t.match(await nexus(['import', file], passphrase), { code: 0, stdout: /Changed: plugin\.echo\.TOKEN/ });
  t.match(await nexus(['import', join(home.root, 'none')]), { code: 2, stderr: /cannot be read/ });
  const misspelled = join(home.root, 'misspelled.json');
  writeFileSync(misspelled, plain.stdout.replace('"settings": {', '"settings": { "log.levle": "debug",'));
  const stdout = /Not set: there is no setting "log\.levle"\. Perhaps it means "log\.level"/;
  t.match(await nexus(['import', misspelled]), { code: 0, stdout });
  t.match(await nexus(['rotate-key']), { code: 0, stdout: /encrypted with it: 1/ });
});

await t.test('what is wrong is said', async (t) => {
  t.match(await nexus(['set', 'plugin.echo.pages', '$5']), { code: 2, stderr: /takes a number such as 5/ });
  t.match(await nexus(['set', 'plugin.echo.pages', '1e400']), { code: 2, stderr: /takes a number/ });
  t.match(await nexus(['set', 'models.default', 'nonsense']), { code: 1, stderr: /must be provider\/model/ });
  t.match(await nexus(['get', '']), { code: 2, stderr: /Something is missing/ });
  t.match(await nexus(['export', home.data]), { code: 2, stderr: /cannot be written/ });
  t.match(await nexus(['set', 'plugin.echo.pages', '10']), { code: 1, stderr: /must be at most 9/ });
  t.match(await nexus(['set', 'log.levle', 'x']), { code: 1, stderr: /"log\.level"/ });
  t.match(await nexus(['set', 'log.level']), { code: 2, stderr: /Something is missing/ });
  t.match(await nexus(['set', 'log.level', 'a', 'b']), { code: 2, stderr: /takes one value/ });
  t.match(await nexus(['gte', 'x']), { code: 2, stderr: /nearest one is "settings get"/ });
});

await t.test('a start takes over a .env and says what became of it', async (t) => {
  await using other = await createKernelHome({ echo: { ...echoManifest, settings } });
  const file = join(other.root, '.env');
  writeFileSync(file, `PORT=80\nTOKEN=${secret}\nUNKNOWN=1\n`);
  await using second = await startKernel(other, ['--env', file]);
  t.match(second.log(), /Now settings instead of variables in .*: TOKEN\n.*\.env\.backup; delete it/);
  t.match(second.log(), /UNKNOWN stays in .*: no setting has this name/);
  t.notMatch(second.log(), secret);
  t.equal(readFileSync(file, 'utf8'), 'PORT=80\nUNKNOWN=1\n');
  const shown = await runNexus(['settings', 'get', 'plugin.echo.TOKEN', '--data', other.data]);
  t.match(shown.stdout, /•cdef\n[^]*by \.env/);
});
