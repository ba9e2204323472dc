import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { HttpCaller } from '../load/mcp-http.ts';
import { SseCaller } from '../load/mcp-sse.ts';
import type { ToolCaller } from '../load/tool-caller.ts';
import { Stage } from '../stage.ts';
import { openWhenServing, type Contender } from './contender.ts';
import { echoServer } from './kernel.ts';

const lockFile = fileURLToPath(import.meta.resolve('../peers/package-lock.json'));
const installMs = 300_000;

/** How one peer is started in front of the echo server, and called. */
interface Peer {
  readonly name: string;
  readonly package: string;
  readonly args: (port: number, stage: Stage) => readonly string[];
  readonly caller: (port: number) => ToolCaller;
}

const node = process.execPath;
const tool = 'echo';
const overHttp = (port: number, era: 'legacy' | 'modern'): ToolCaller =>
  new HttpCaller({ url: `http://127.0.0.1:${port}/mcp`, tool, era });
/** Without the store of past events it is faster; a tool call needs none. */
const proxyOptions = '--host 127.0.0.1 --server stream --no-eventStore --port'.split(' ');
const proxyArgs = (port: number): readonly string[] => [
  ...proxyOptions,
  String(port),
  '--',
  node,
  echoServer,
];
const gatewayOptions = '--outputTransport streamableHttp --stateful --logLevel none --port'.split(' ');

/** Each peer the fastest way it serves MCP, by measurement. */
const peers: readonly Peer[] = [
  {
    name: 'mcp-proxy (2025-11-25)',
    package: 'mcp-proxy',
    args: proxyArgs,
    caller: (port) => overHttp(port, 'legacy'),
  },
  {
    name: 'mcp-proxy (2026-07-28)',
    package: 'mcp-proxy',
    args: proxyArgs,
    caller: (port) => overHttp(port, 'modern'),
  },
  {
    name: 'supergateway',
    package: 'supergateway',
    args: (port) => [...gatewayOptions, String(port), '--stdio', `${node} ${echoServer}`],
    caller: (port) => overHttp(port, 'legacy'),
  },
  {
    name: 'mcp-hub',
    package: 'mcp-hub',
    args: (port, stage) => {
      const config = join(stage.folder, 'mcp-hub.json');
      writeFileSync(config, JSON.stringify({ mcpServers: { bench: { command: node, args: [echoServer] } } }));
      return ['--port', String(port), '--config', config];
    },
    caller: (port) => new SseCaller(`http://127.0.0.1:${port}/mcp`, `bench__${tool}`),
  },
];

/**
 * What peers may reach: this machine. mcp-hub fetches a catalogue from the web when it starts; the discard port
 * refuses that at once.
 */
const offline = {
  NODE_USE_ENV_PROXY: '1',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  no_proxy: '127.0.0.1,localhost',
};

/** Starts every peer in front of an echo server of its own. `modules` is what `installPeers` gave. */
export async function startPeers(stage: Stage, modules: string): Promise<readonly Contender[]> {
  const contenders: Contender[] = [];
  for (const peer of peers) {
    const port = await freePort();
    const { bin } = readPackage(modules, peer.package);
    const home = stage.makeFolder('home');
    const actor = stage.start(node, [join(modules, peer.package, bin), ...peer.args(port, stage)], {
      piped: false,
      env: { ...offline, HOME: home, XDG_STATE_HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home },
    });
    const caller = await openWhenServing(() => peer.caller(port), actor, stage);
    contenders.push({ name: peer.name, kind: 'peer', caller, pids: [actor.pid] });
  }
  return contenders;
}

/** Installs the peers of peers/package-lock.json below `cacheDir`, once for each state of that file. Answers their node_modules. */
export async function installPeers(cacheDir: string, signal: AbortSignal): Promise<string> {
  const version = createHash('sha256').update(readFileSync(lockFile)).digest('hex').slice(0, 12);
  const folder = join(cacheDir, version);
  const modules = join(folder, 'node_modules');
  // npm writes this file last.
  if (existsSync(join(modules, '.package-lock.json'))) return modules;
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(dirname(lockFile), name), join(folder, name));
  await using stage = new Stage(signal);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const npm = stage.start('npm', args, { cwd: folder, piped: false });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(installMs)]);
  const [code] = await once(npm.child, 'exit', { signal: limit });
  if (code !== 0) throw new Error(`npm ci of the peers failed: ${npm.complaints()}`);
  return modules;
}

/** The versions of what is compared with. */
export function versionsOf(modules: string): Readonly<Record<string, string>> {
  const names = [...new Set(peers.map((peer) => peer.package))];
  return Object.fromEntries(names.map((name) => [name, readPackage(modules, name).version]));
}

const packageSchema = z.object({ version: z.string(), bin: z.record(z.string(), z.string()) });

function readPackage(modules: string, name: string): { version: string; bin: string } {
  const { version, bin } = packageSchema.parse(
    JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')),
  );
  return { version, bin: bin[name] ?? '' };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server without a port');
  return address.port;
}
