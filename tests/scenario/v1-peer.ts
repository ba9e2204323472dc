import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { type KernelHome, type KernelProcess, nexusCommand } from '../fixtures/kernel-process.ts';
import { ANSWERS, type Peer, PeerEvents, readOutcome } from './peer.ts';

/** A client of the v1 SDK at the kernel's HTTP endpoint. */
export async function connectV1Http(kernel: KernelProcess): Promise<Peer> {
  const transport = new StreamableHTTPClientTransport(new URL(kernel.mcp), {
    requestInit: { headers: { Authorization: `Bearer ${kernel.token}` } },
  });
  return await connect(transport, () => transport.terminateSession());
}

/** A client of the v1 SDK that starts `nexus mcp`, as Claude Desktop does. */
export async function connectV1Stdio(home: KernelHome): Promise<Peer> {
  const [command, ...args] = nexusCommand('mcp', ...home.args);
  const transport = new StdioClientTransport({ command, args, stderr: 'ignore' });
  return await connect(transport);
}

async function connect(transport: Transport, beforeClose?: () => Promise<void>): Promise<Peer> {
  const client = new Client(
    { name: 'v1-peer', version: '1.0.0' },
    { capabilities: { elicitation: {}, sampling: {} } },
  );
  const seen = new PeerEvents();
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    seen.elicited.push(params.message);
    return ANSWERS.elicitation;
  });
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
    seen.sampled.push(JSON.stringify(params.messages));
    return ANSWERS.sampling;
  });
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    seen.note('logged', params.data);
  });
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    seen.note('listChanged');
  });
  await client.connect(transport);
  return {
    era: 'legacy',
    seen,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    call: async (name, args = {}, onProgress) =>
      readOutcome(
        await client.callTool({ name, arguments: args }, undefined, {
          ...(onProgress !== undefined && { onprogress: ({ progress }) => onProgress(progress) }),
        }),
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
      await client.setLoggingLevel(level);
    },
    [Symbol.asyncDispose]: async () => {
      await beforeClose?.();
      await client.close();
    },
  };
}
