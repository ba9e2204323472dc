import { chmodSync, cpSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../fixtures/npm-registry.ts';
import { edit, openRugStage, SHIFTY_DIR, shifty } from './rug-stage.ts';

const stage = await openRugStage(t);
const root = realpathSync(stage.home.root);
const copyOf = (name: string): string => {
  const dir = join(root, name);
  cpSync(SHIFTY_DIR, dir, { recursive: true });
  return dir;
};
const restart = async (name: string): Promise<void> => {
  const { url, token } = stage.kernel();
  await fetch(`${url}/api/plugins/${name}/restart`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
};

await t.test(
  'changed code of an imported plugin: the old process serves on, then nothing does',
  async (t) => {
    const dir = copyOf('imported');
    await stage.add('imported', shifty(dir));
    t.equal(await stage.call('imported.version'), 'one');
    await edit(join(dir, 'server.mjs'), "'one'", "'evil'");
    t.same(await stage.held('imported'), ['artifact imported']);
    t.match(await stage.plugin('imported'), { state: 'active', pending: { kind: 'held', reason: /code/ } });
    t.equal(await stage.call('imported.version'), 'one');
    await restart('imported');
    t.equal(await stage.call('imported.version'), 'PLUGIN_UNAVAILABLE', 'the new code is never started');
    await stage.restartKernel();
    await stage.until(async () => (await stage.plugin('imported')).state === 'quarantined');
    t.match(await stage.plugin('imported'), { nextStep: /nexus plugin approve imported/ });
    await stage.approve('imported');
    t.equal(await stage.call('imported.version'), 'evil');
    t.match((await stage.consent('imported')).approvals[0], { what: [/^Its code is not the code/] });
  },
);

await t.test('code that changes and lists other tools: they are the next question', async (t) => {
  const dir = copyOf('twice');
  await stage.add('twice', shifty(dir));
  await edit(join(dir, 'server.mjs'), '`Does ${name}.`', '`Does ${name}. Or more.`');
  t.same(await stage.held('twice'), ['artifact twice']);
  await stage.approve('twice');
  await stage.until(async () => (await stage.consent('twice')).held.length === 5);
  t.equal(await stage.call('twice.say'), 'TOOL_HELD');
  await stage.approve('twice');
  t.match(await stage.call('twice.say'), 'say:');
});

await t.test('code under development is followed, definitions too; what it is granted is not', async (t) => {
  const dir = copyOf('own');
  await stage.write('own', shifty(dir));
  await stage.until(async () => (await stage.offered()).includes('own__say'));
  await edit(join(dir, 'server.mjs'), "'one'", "'two'");
  await edit(join(dir, 'server.mjs'), "'dial']", "'dial', 'fresh']");
  await stage.until(async () => (await stage.offered()).includes('own__fresh'));
  t.equal(await stage.call('own.version'), 'two');
  t.same((await stage.consent('own')).held, []);
  await stage.write('own', shifty(dir, { permissions: { exec: true, fs: { read: ['${workspace}'] } } }));
  t.same(await stage.held('own'), ['permission exec']);

  await stage.write('own', shifty(dir));
  await stage.until(async () => (await stage.plugin('own')).pending === null);
  await stage.approve('own', { changes: 'ask' });
  await edit(join(dir, 'server.mjs'), "'two'", "'three'");
  t.same(await stage.held('own'), ['artifact own']);
  await stage.approve('own', { changes: 'follow' });
  await stage.until(async () => (await stage.call('own.version')) === 'three');
});

const perlServer = (word: string): string => `#!/usr/bin/perl
$| = 1;
while (<STDIN>) {
  next unless /"id":\\s*("[^"]*"|\\d+)/; my $id = $1;
  my ($method) = /"method":\\s*"([^"]*)"/; my $result;
  my ($version) = /"protocolVersion":\\s*"([^"]*)"/;
  if ($method eq 'initialize') { $result = qq({"protocolVersion":"$version","capabilities":{"tools":{}},"serverInfo":{"name":"p","version":"1"}}) }
  elsif ($method eq 'tools/list') { $result = '{"tools":[{"name":"say","inputSchema":{"type":"object"}}]}' }
  elsif ($method eq 'tools/call') { $result = '{"content":[{"type":"text","text":"${word}"}]}' }
  print $result ? qq({"jsonrpc":"2.0","id":$id,"result":$result}\\n) : qq({"jsonrpc":"2.0","id":$id,"error":{"code":-32601,"message":"no"}}\\n);
}
`;

await t.test('a program that was swapped for another, whatever its size', async (t) => {
  for (const [name, padding] of [
    ['small', ''],
    ['large', `\n__END__\n${'x'.repeat(2 * 1_048_576)}\n`],
  ] as const) {
    const program = join(copyOf(name), 'server');
    const put = (word: string): void => writeFileSync(program, perlServer(word) + padding, { mode: 0o755 });
    put('good');
    chmodSync(program, 0o755);
    await stage.write(name, { source: { command: program } });
    await stage.until(async () => (await stage.offered()).includes(`${name}__say`));
    t.equal((await stage.consent(name)).changes, 'ask', 'a program is not code under development');
    t.equal(await stage.call(`${name}.say`), 'good');
    put('evil');
    t.same(await stage.held(name), [`artifact ${name}`]);
    await restart(name);
    t.equal(await stage.call(`${name}.say`), 'PLUGIN_UNAVAILABLE');
    put('good');
    await stage.until(async () => (await stage.consent(name)).held.length === 0);
    await stage.until(async () => (await stage.call(`${name}.say`)) === 'good');
    put('evil');
    await stage.held(name);
    await stage.approve(name);
    await stage.until(async () => (await stage.call(`${name}.say`)) === 'evil');
    await stage.write(name, { enabled: false, source: { command: program } });
  }
});

await t.test('an npm package whose content was swapped, or that becomes another version', async (t) => {
  const server = readFileSync(join(SHIFTY_DIR, 'server.mjs'), 'utf8');
  const version = (number: string, word: string) => ({
    name: '@demo/shifty',
    version: number,
    manifest: { type: 'module', bin: { shifty: 'server.mjs' } },
    files: { 'server.mjs': `#!/usr/bin/env node\n${server.replace("'one'", `'${word}'`)}` },
  });
  await using registry = await startRegistry([version('1.0.0', 'one'), version('1.1.0', 'newer')]);
  const npx = (number: string): object => ({
    source: { command: 'npx', args: ['-y', '--registry', registry.url, `@demo/shifty@${number}`] },
  });
  await stage.add('package', npx('1.0.0'));
  t.equal(await stage.call('package.version'), 'one');

  const packages = join(stage.home.data, 'packages');
  const found = readdirSync(packages, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('server.mjs'),
  );
  await edit(join(packages, found ?? ''), "'one'", "'evil'");
  await restart('package');
  t.equal(await stage.call('package.version'), 'PLUGIN_UNAVAILABLE');
  t.same(await stage.held('package'), ['artifact package']);
  await edit(join(packages, found ?? ''), "'evil'", "'one'");
  await restart('package');
  t.equal(await stage.call('package.version'), 'one');

  await stage.write('package', npx('1.1.0'));
  t.same(await stage.held('package'), ['source args']);
  t.match((await stage.consent('package')).held[0], {
    diff: /-args: @demo\/shifty@1\.0\.0\n\+args: @demo\/shifty@1\.1\.0/,
  });
  t.equal(await stage.call('package.version'), 'one');
  await stage.approve('package');
  await stage.until(async () => (await stage.call('package.version')) === 'newer');
});
