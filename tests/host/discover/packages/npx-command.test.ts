import t from 'tap';
import {
  exactVersion,
  isNpxCommand,
  parseNpxCommand,
} from '../../../../runtime/host/discover/packages/npx-command.ts';

const lines: readonly (readonly [string, unknown])[] = [
  [
    'npx -y server@1.2.3 --port 1',
    { spec: 'server@1.2.3', name: 'server', bin: undefined, args: ['--port', '1'] },
  ],
  ['npx server', { spec: 'server', args: [] }],
  ['npx --yes @scope/server@^1 /path', { spec: '@scope/server@^1', name: '@scope/server', args: ['/path'] }],
  ['npx -y --package=server@1 run-it -y', { spec: 'server@1', bin: 'run-it', args: ['-y'] }],
  ['npx -p @scope/server@latest run-it', { spec: '@scope/server@latest', bin: 'run-it', args: [] }],
  ['npx --quiet --registry http://127.0.0.1:1/ server', { spec: 'server', registry: 'http://127.0.0.1:1/' }],
  ['npx --registry=http://127.0.0.1:1/ server', { registry: 'http://127.0.0.1:1/' }],
  ['npx -y -- server -- x', { spec: 'server', args: ['--', 'x'] }],
  ['npm exec -y server@1 -- --flag', { spec: 'server@1', args: ['--flag'] }],
  ['npm x --package=server -- run-it --flag', { spec: 'server', bin: 'run-it', args: ['--flag'] }],
  ['bunx server@1.0.0', { spec: 'server@1.0.0' }],
  ['bunx --bun server', { spec: 'server' }],
  ['bun x server a', { spec: 'server', args: ['a'] }],
  ['pnpm dlx server a', { spec: 'server', args: ['a'] }],
  ['pnpx server', { spec: 'server' }],
  ['yarn dlx server', { spec: 'server' }],
];
for (const [line, expected] of lines) {
  await t.test(line, (t) => {
    const [command = '', ...args] = line.split(' ');
    t.ok(isNpxCommand(command, args));
    t.match(parseNpxCommand(command, args), expected);
    t.end();
  });
}

const refused: readonly (readonly [string, number, RegExp])[] = [
  ['npx', -1, /Write the package/],
  ['npx -y', -1, /Write the package/],
  ['npx -c server', 0, /word by word/],
  ['npx --frobnicate server', 0, /Remove it/],
  ['npx -p one -p two run', 2, /Run one package/],
  ['npx --package', 0, /Add the value/],
  ['npx -y github:me/server', 1, /name and a version/],
  ['npx -y git+https://example.com/x.git', 1, /name and a version/],
  ['npx -y https://example.com/x.tgz', 1, /./],
  ['npx ./server', 0, /"node"/],
  ['npx ../server.tgz', 0, /"node"/],
  ['npx -y ~/server', 1, /"node"/],
  ['npx server@file:../x', 0, /./],
  ['npx server@npm:other@1', 0, /./],
];
for (const [line, index, todo] of refused) {
  await t.test(`refused: ${line}`, (t) => {
    const [command = '', ...args] = line.split(' ');
    t.match(parseNpxCommand(command, args), { index, problem: /./, todo });
    t.end();
  });
}

await t.test('other commands of the same programs are no packages', (t) => {
  for (const line of [
    'npm start',
    'pnpm run x',
    'yarn start',
    'bun run x',
    'bun server.ts',
    'node x',
    'toString',
  ]) {
    const [command = '', ...args] = line.split(' ');
    t.notOk(isNpxCommand(command, args), line);
  }
  t.end();
});

await t.test('exact versions', (t) => {
  t.equal(exactVersion('server@1.2.3'), '1.2.3');
  t.equal(exactVersion('@s/server@1.2.3-beta.1'), '1.2.3-beta.1');
  t.equal(exactVersion('server@v1.2.3'), '1.2.3');
  for (const spec of [
    'server',
    '@s/server',
    'server@1',
    'server@1.2',
    'server@^1.2.3',
    'server@latest',
    'server@1.2.3 - 2.0.0',
  ]) {
    t.equal(exactVersion(spec), undefined, spec);
  }
  t.end();
});
