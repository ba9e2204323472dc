import packageJson from '../../package.json' with { type: 'json' };

/** The one modern revision of MCP this program speaks, on both sides. */
export const modernVersion = '2026-07-28';

/** Keys of the 2026-07-28 request envelope and of result metadata (basic, "_meta"). */
export const metaKeys = {
  version: 'io.modelcontextprotocol/protocolVersion',
  client: 'io.modelcontextprotocol/clientInfo',
  capabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  server: 'io.modelcontextprotocol/serverInfo',
} as const;

/** How the kernel names itself to plugins and to clients. */
export const kernelInfo = { name: 'nexus', version: packageJson.version };
