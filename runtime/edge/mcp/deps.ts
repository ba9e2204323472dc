import type { RelayDeps } from './relay/relay.ts';

/** What the MCP edge needs of the kernel. */
export interface McpEdgeDeps extends RelayDeps {
  /** At least 32 random bytes that sign request states. */
  readonly stateKey: Uint8Array;
  readonly newId: () => string;
}
