import {
  Client,
  LOG_LEVEL_META_KEY,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type KernelHome, type KernelProcess, nexusCommand } from '../fixtures/kernel-process.ts';
import { ANSWERS, type Peer, PeerEvents, readOutcome } from './peer.ts';

/** A client of the v2 SDK at the kernel's HTTP endpoint, in the newest era both speak. */
export async function connectV2Http(kernel: KernelProcess): Promise<Peer> {
  return await connect(
    new StreamableHTTPClientTransport(new URL(kernel.mcp), {
      requestInit: { headers: { Authorization: `Bearer ${kernel.token}` } },
    }),
  );
}

/** A client of the v2 SDK that starts `nexus mcp`. */
export async function connectV2Stdio(home: KernelHome): Promise<Peer> {
  const [command, ...args] = nexusCommand('mcp', ...home.args);
  return await connect(new StdioClientTransport({ command, args, stderr: 'ignore' }));
}

async function connect(transport: Transport): Promise<Peer> {
  const seen = new PeerEvents();
  const client = new Client(
    { name: 'v2-peer', version: '1.0.0' },
    {
      capabilities: { elicitation: {}, sampling: {} },
      versionNegotiation: { mode: 'auto' },
      listChanged: { tools: { autoRefresh: false, onChanged: () => seen.note('listChanged') } },
    },
  );
  client.setRequestHandler('elicitation/create', ({ params }) => {
    seen.elicited.push(params.message);
    return ANSWERS.elicitation;
  });
  client.setRequestHandler('sampling/createMessage', ({ params }) => {
    seen.sampled.push(JSON.stringify(params.messages));
    return ANSWERS.sampling;
  });
  client.setNotificationHandler('notifications/message', ({ params }) => {
    seen.note('logged', params.data);
  });
  await client.connect(transport);
  const era = client.getProtocolEra();
  let logLevel: Record<string, string> = {};
  return {
    era,
    seen,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args = {}, onProgress) =>
      readOutcome(
        await client.callTool(
          { name, arguments: args, ...(era === 'modern' && { _meta: logLevel }) },
          { ...(onProgress !== undefined && { onprogress: ({ progress }) => onProgress(progress) }) },
        ),
      ),
    listPrompts: async () => (await client.listPrompts()).prompts.map((prompt) => prompt.name),
    getPrompt: async (name, args) => {
      const content = (await client.getPrompt({ name, arguments: args })).messages[0]?.content;
      return content?.type === 'text' ? content.text : '';
    },
    readText: async (uri) => {
      const content = (await client.readResource({ uri })).contents[0];
      return content !== undefined && 'text' in content ? content.text : '';
    },
    listTemplates: async () =>
      (await client.listResourceTemplates()).resourceTemplates.map((template) => template.uriTemplate),
    complete: async (prompt, name, value) => {
      const ref = { type: 'ref/prompt' as const, name: prompt };
      return (await client.complete({ ref, argument: { name, value } })).completion.values;
    },
    setLogLevel: async (level) => {
      // The later era has no level of the connection: every request says which lines it wants.
      if (era === 'modern') logLevel = { [LOG_LEVEL_META_KEY]: level };
      else await client.setLoggingLevel(level);
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
