/** Calls one echo tool over one connection or session. Lean: what it costs is added to every contender's figures. */
export interface ToolCaller {
  /** Connects and shakes hands. */
  open(): Promise<void>;
  /** Calls the tool with `text`; rejects unless the answer holds it. */
  call(text: string): Promise<void>;
  /** Ends every connection; calls in flight reject. */
  close(): void;
}

const clientInfo = { name: 'nexus-bench', version: '1.0.0' };
const legacyVersion = '2025-11-25';
export const modernVersion = '2026-07-28';

/** `params` of the `initialize` request of clients up to 2025-11-25. */
export const initializeParams = { protocolVersion: legacyVersion, capabilities: {}, clientInfo };

/** `_meta` of every request of 2026-07-28 clients. */
export const envelope = {
  'io.modelcontextprotocol/protocolVersion': modernVersion,
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': clientInfo,
};

/** Throws unless `answer`, a whole JSON-RPC message in whatever framing, is a result that holds the text. */
export function requireText(answer: string, text: string): void {
  const isResult = answer.includes('"result":') && !answer.includes('"isError":true');
  if (!isResult || !answer.includes(`"text":"${text}"`))
    throw new Error(`not the answer to "${text}": ${answer.slice(0, 300)}`);
}
