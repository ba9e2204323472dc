/** Fields of `_meta` with which a plugin tells Nexus more than MCP has words for. Other clients ignore them. */
export const metaNames = {
  /** Of a tool: its slash commands. */
  commands: 'dev.nexus/commands',
  /** Of a tool: "always" asks that a person allows each run. */
  approval: 'dev.nexus/approval',
  /** Of a tool: true says that it is the plugin's health check, and not for models. */
  health: 'dev.nexus/health',
  /** Of `capabilities.experimental`: the settings the plugin reads. */
  settings: 'dev.nexus/settings',
  /** Of a call: the id of the run, the same for every attempt at it. */
  run: 'dev.nexus/run',
} as const;
