import { loadAgentPlugin, type AgentPlugin } from '../discover/agent-plugin.ts';
import type { ServerEntry } from '../discover/agent-plugin-server.ts';
import { missingDependencies } from '../discover/packages/dependencies.ts';
import { messageOf } from '../../base/errors.ts';
import type { Permissions } from '../../contract/manifest.ts';
import { importInvalid, plainCandidate, type Candidate, type Wish } from './candidate.ts';
import { spellCommand } from './command-candidate.ts';
import { commandObstacle, type ImportMachine } from './machine.ts';

/** Every server of an Agent Plugins directory, or the one that is asked for. Throws PLUGIN_INVALID, IMPORT_INVALID. */
export async function readAgentPlugin(
  dir: string,
  only: string | undefined,
  machine: ImportMachine,
): Promise<readonly Candidate[]> {
  // What PLUGIN_DATA stands for is shown by its name here; the real folder is the plugin's own, whatever it is called.
  const loaded = await loadAgentPlugin(dir, '/PLUGIN_DATA');
  const { servers, skipped } = loaded;
  if (only !== undefined && !servers.has(only)) {
    const reason = skipped.get(only) ?? skipped.get('');
    if (reason !== undefined) throw reason;
    throw importInvalid(
      dir,
      `its mcp.json declares no server "${only}"`,
      `It has ${[...servers.keys()].join(', ')}`,
    );
  }
  const [first] = skipped.values();
  if (servers.size === 0) {
    throw (
      first ?? importInvalid(dir, 'it declares no MCP server', 'Packages with skills alone are not used yet')
    );
  }
  const many = servers.size > 1;
  return [...servers]
    .filter(([name]) => only === undefined || name === only)
    .map(([name, server]) => candidateOf(loaded, name, server, many, machine));
}

function candidateOf(
  loaded: AgentPlugin,
  serverName: string,
  server: ServerEntry,
  many: boolean,
  machine: ImportMachine,
): Candidate {
  const { root, name, extension } = loaded;
  const isProcess = server.type === 'stdio';
  const skipped = [...loaded.skipped]
    .filter(([key]) => key !== serverName)
    .map(([, error]) => messageOf(error));
  return {
    ...plainCandidate,
    kind: 'agent-plugin',
    givenName: many ? `${name}-${serverName}` : name,
    title: name,
    source: { plugin: root, ...(many ? { server: serverName } : {}) },
    command: isProcess ? spellCommand(server.command, server.args) : server.url,
    wishes: extension.permissions === undefined ? [] : wishesOf(extension.permissions),
    warnings: [...loaded.warnings, ...skipped],
    obstacle: isProcess ? commandObstacle(server.command, server.args, machine) : null,
    missing: isProcess && extension.bundle === undefined ? missingDependencies(root) : [],
  };
}

const asked = 'its plugin.json asks for';

function wishesOf({ fs, net, exec }: Permissions): readonly Wish[] {
  return [
    ...fs.read.map((value) => ({ kind: 'read' as const, value, why: asked })),
    ...fs.write.map((value) => ({ kind: 'write' as const, value, why: asked })),
    ...net.map((value) => ({ kind: 'net' as const, value, why: asked })),
    ...(exec ? [{ kind: 'exec' as const, value: '', why: asked }] : []),
  ];
}
