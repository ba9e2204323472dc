import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { manifestSchema } from '../../../../runtime/contract/manifest.ts';
import { NexusError } from '../../../../runtime/base/errors.ts';
import { fillCommand } from '../../../../runtime/host/discover/placeholders.ts';
import {
  hideArguments,
  withHiddenArguments,
} from '../../../../runtime/host/discover/secret-arguments/secret-arguments.ts';

const { settings } = manifestSchema.parse({
  source: { command: 'node' },
  settings: {
    token: { type: 'string', title: 'Token', sensitive: true },
    place: { type: 'string', title: 'Place' },
  },
});
const values = new Map([
  ['token', 'marked "secret"'],
  ['place', 'Vienna'],
]);
const places = { manifestsDir: '/m', workspaceDir: '/w', pluginDataDir: '/d', settings: values };

await t.test('a secret argument reaches the program and stands in no command line', async (t) => {
  const file = join(t.testdir({}), 'main.mjs');
  const code = `import { readFileSync } from 'node:fs';
    console.log(JSON.stringify([process.argv.slice(2), readFileSync('/proc/self/cmdline', 'utf8'), process.env]));`;
  writeFileSync(file, code);
  const args = [file, '--token', '${settings.token}', '--in=${settings.place}', 'x=${settings.token}!'];
  const hidden = hideArguments({ command: 'node', args, env: { A: '1' } }, settings);
  const filled = fillCommand(hidden, places);
  const place = { blame: () => new NexusError('USAGE') };
  const launch = withHiddenArguments({ ...filled, packageDirs: [] }, place);
  t.equal(launch.packageDirs.length, 1);
  const printed = execFileSync(process.execPath, [...launch.args], { env: launch.env, encoding: 'utf8' });
  const [seen, commandLine, environment]: unknown[] = JSON.parse(printed);
  t.same(seen, ['--token', 'marked "secret"', '--in=Vienna', 'x=marked "secret"!']);
  t.notMatch(commandLine, 'marked');
  t.same(environment, { A: '1' }, 'and the code does not see where it came from');

  const python = { ...filled, command: '/usr/bin/python3', packageDirs: [] };
  t.throws(() => withHiddenArguments(python, place), { code: 'USAGE' });
});

await t.test('a command without one stays as it is', async (t) => {
  const source = { command: 'node', args: ['a.js', '${settings.place}'], env: {} };
  t.equal(hideArguments(source, settings), source);
  const hidden = hideArguments(source, settings, new Set(['place']));
  t.same(hidden.args, ['a.js', 'NEXUS_ARGUMENT_1'], 'unless its value is kept as a secret');
});
