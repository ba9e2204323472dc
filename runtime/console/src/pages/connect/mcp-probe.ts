import { ApiError, isRecord, unreachable } from '../../api/api-error.ts';

const version = '2025-11-25';
const versionHeader = 'mcp-protocol-version';
const sessionHeader = 'mcp-session-id';

/**
 * Connects to the kernel as an MCP client does (Streamable HTTP) and counts the tools it is offered. Rejects with an
 * ApiError when it is refused.
 */
export async function countTools(token: string): Promise<number> {
  const clientInfo = { name: 'nexus-console', version: '1' };
  const begun = await send(token, {}, 1, 'initialize', {
    protocolVersion: version,
    capabilities: {},
    clientInfo,
  });
  const session = begun.session;
  const headers = { [versionHeader]: version, ...(session !== null && { [sessionHeader]: session }) };
  try {
    await send(token, headers, null, 'notifications/initialized', {});
    const { result } = await send(token, headers, 2, 'tools/list', {});
    const tools = isRecord(result) ? result['tools'] : null;
    if (!Array.isArray(tools)) throw new ApiError(0, 'CONSOLE', 'The kernel answered without tools.');
    return tools.length;
  } finally {
    if (session !== null) await post(token, headers, 'DELETE');
  }
}

interface Reply {
  readonly session: string | null;
  readonly result: unknown;
}

async function send(
  token: string,
  headers: Readonly<Record<string, string>>,
  id: number | null,
  method: string,
  params: unknown,
): Promise<Reply> {
  const message = { jsonrpc: '2.0', ...(id !== null && { id }), method, params };
  const response = await post(token, headers, 'POST', message);
  const text = await response.text();
  if (!response.ok) throw ApiError.of(response.status, parsed(text));
  const answer = messagesOf(text).find((one) => one['id'] === id);
  if (id !== null && answer === undefined)
    throw new ApiError(0, 'CONSOLE', `The kernel did not answer ${method}.`);
  const failed = answer?.['error'];
  if (isRecord(failed)) throw new ApiError(0, 'MCP', String(failed['message']));
  return { session: response.headers.get(sessionHeader), result: answer?.['result'] };
}

async function post(
  token: string,
  headers: Readonly<Record<string, string>>,
  method: string,
  message?: unknown,
): Promise<Response> {
  const all = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...headers,
  };
  const body = message === undefined ? {} : { body: JSON.stringify(message) };
  // Without the cookie of this page: the token alone has to do.
  return await fetch('/mcp', { method, headers: all, credentials: 'omit', ...body }).catch(
    (error: unknown) => {
      throw unreachable(error);
    },
  );
}

/** The messages of an answer that is one JSON text or a stream of events. */
function messagesOf(text: string): Readonly<Record<string, unknown>>[] {
  const texts = text.startsWith('{')
    ? [text]
    : text.split('\n').flatMap((line) => (line.startsWith('data:') ? line.slice('data:'.length) : []));
  return texts.map(parsed).filter(isRecord);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
