// One server of mcp.json by §7.2.1 and §9 of Agent Plugins 1.0.0.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkServer } from '../../../runtime/host/discover/agent-plugin-server.ts';
import { realPathOf } from '../../../runtime/host/discover/contained-path.ts';

const dir = realPathOf(
  t.testdir({ root: { bin: { 'my server.sh': '' }, sub: {} }, data: {}, outside: { x: '' } }),
);
const folders = { root: join(dir, 'root'), dataDir: join(dir, 'data') };
symlinkSync('../outside', join(folders.root, 'escape'));
symlinkSync('../../outside/x', join(folders.root, 'bin', 'linked'));
mkdirSync(join(folders.root, 'sub', 'deep'));

const stdio = { type: 'stdio', command: 'node' };
const http = { type: 'streamable-http', url: 'https://example.com/mcp' };

const valid: readonly (readonly [string, unknown, unknown])[] = [
  ['the least', stdio, { command: 'node', args: [], env: {}, cwd: folders.root }],
  [
    'a program of the package, blanks included',
    { ...stdio, command: './bin/my server.sh' },
    { command: join(folders.root, 'bin', 'my server.sh') },
  ],
  ['a relative cwd', { ...stdio, cwd: './sub' }, { cwd: join(folders.root, 'sub') }],
  [
    'a cwd below PLUGIN_ROOT',
    { ...stdio, cwd: '${PLUGIN_ROOT}/sub/deep' },
    { cwd: join(folders.root, 'sub', 'deep') },
  ],
  ['PLUGIN_ROOT as cwd', { ...stdio, cwd: '${PLUGIN_ROOT}' }, { cwd: folders.root }],
  [
    'a cwd in PLUGIN_DATA that does not exist yet',
    { ...stdio, cwd: '${PLUGIN_DATA}/new' },
    { cwd: join(folders.dataDir, 'new') },
  ],
  [
    'placeholders in args and env, each occurrence, once, and no others (§9.2)',
    {
      ...stdio,
      args: [
        '${PLUGIN_ROOT}|${PLUGIN_DATA}|${PLUGIN_ROOT}',
        '',
        'a b',
        '${HOME}',
        '$PLUGIN_ROOT',
        '${PLUGIN_ROOT_X}',
      ],
      env: { A: '${PLUGIN_DATA}/x', '${PLUGIN_ROOT}': 'key' },
    },
    {
      args: [
        `${folders.root}|${folders.dataDir}|${folders.root}`,
        '',
        'a b',
        '${HOME}',
        '$PLUGIN_ROOT',
        '${PLUGIN_ROOT_X}',
      ],
      env: { A: `${folders.dataDir}/x`, '${PLUGIN_ROOT}': 'key' },
    },
  ],
  [
    'a remote server, everything literal',
    { ...http, url: 'https://example.com/a?x=${PLUGIN_ROOT}', headers: { 'X-A': '${PLUGIN_DATA}' } },
    { url: 'https://example.com/a?x=${PLUGIN_ROOT}', headers: { 'X-A': '${PLUGIN_DATA}' } },
  ],
  [
    'loopback without encryption',
    { ...http, url: 'http://localhost:1/mcp' },
    { url: 'http://localhost:1/mcp' },
  ],
  ['loopback by address', { ...http, url: 'http://127.0.0.2:1/' }, {}],
  ['loopback of IPv6', { ...http, url: 'http://[::1]:1/' }, {}],
];
for (const [what, value, expected] of valid) {
  await t.test(`valid: ${what}`, (t) => {
    t.match(checkServer(value, folders), { ok: true, server: expected });
    t.end();
  });
}

const invalid: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no object', 'node server.js', []],
  ['no type', { command: 'node' }, ['type']],
  ['an unknown type', { ...stdio, type: 'websocket' }, ['type']],
  ['no command', { type: 'stdio' }, ['command']],
  ['an empty command', { ...stdio, command: '' }, ['command']],
  ['an unknown field', { ...stdio, workdir: './x' }, ['workdir']],
  ['a field of another variant', { ...stdio, url: 'https://example.com' }, ['url']],
  ['args that are no texts', { ...stdio, args: [1] }, ['args']],
  ['PLUGIN_ROOT in env', { ...stdio, env: { PLUGIN_ROOT: 'x' } }, ['env', 'PLUGIN_ROOT']],
  ['PLUGIN_DATA in env', { ...stdio, env: { PLUGIN_DATA: 'x' } }, ['env', 'PLUGIN_DATA']],
  ['an absolute command', { ...stdio, command: '/bin/sh' }, ['command']],
  ['a relative command without ./', { ...stdio, command: 'bin/server' }, ['command']],
  ['a placeholder in the command', { ...stdio, command: '${PLUGIN_ROOT}/bin/x' }, ['command']],
  ['a command that escapes', { ...stdio, command: './../outside/x' }, ['command']],
  ['a command that escapes by a link', { ...stdio, command: './bin/linked' }, ['command']],
  ['a command that is not there', { ...stdio, command: './bin/none' }, ['command']],
  ['a command that is a folder', { ...stdio, command: './sub' }, ['command']],
  ['a bare cwd', { ...stdio, cwd: 'sub' }, ['cwd']],
  ['an absolute cwd', { ...stdio, cwd: '/tmp' }, ['cwd']],
  ['a cwd that escapes', { ...stdio, cwd: './..' }, ['cwd']],
  ['a cwd that escapes the data', { ...stdio, cwd: '${PLUGIN_DATA}/..' }, ['cwd']],
  ['a cwd that escapes by a link', { ...stdio, cwd: './escape' }, ['cwd']],
  ['a cwd with a placeholder in the middle', { ...stdio, cwd: 'x/${PLUGIN_ROOT}' }, ['cwd']],
  ['a cwd that only begins like a placeholder', { ...stdio, cwd: '${PLUGIN_ROOT}x' }, ['cwd']],
  ['a relative URL', { ...http, url: '/mcp' }, ['url']],
  ['another scheme', { ...http, url: 'ftp://example.com/' }, ['url']],
  ['a URL with user information', { ...http, url: 'https://me:pw@example.com/' }, ['url']],
  ['a URL with empty user information', { ...http, url: 'https://@example.com/' }, ['url']],
  ['a fragment', { ...http, url: 'https://example.com/#x' }, ['url']],
  ['an empty fragment', { ...http, url: 'https://example.com/#' }, ['url']],
  ['no encryption', { ...http, url: 'http://example.com/' }, ['url']],
  ['a host that only begins like loopback', { ...http, url: 'http://127.0.0.1.example.com/' }, ['url']],
  ['a header twice', { ...http, headers: { 'X-A': '1', 'x-a': '2' } }, ['headers', 'x-a']],
  ['a header name with a blank', { ...http, headers: { 'X A': '1' } }, ['headers', 'X A']],
  ['a header value with a line break', { ...http, headers: { A: 'x\r\ny' } }, ['headers', 'A']],
  [
    'a transport this host does not speak (§7.2.2 rule 4)',
    { type: 'sse', url: 'https://example.com/' },
    ['type'],
  ],
];
for (const [what, value, path] of invalid) {
  await t.test(`invalid: ${what}`, (t) => {
    const checked = checkServer(value, folders);
    t.match(checked, { ok: false, problem: { problem: /./, todo: /./ } });
    t.same(!checked.ok && checked.problem.path.slice(0, path.length), path);
    t.end();
  });
}
