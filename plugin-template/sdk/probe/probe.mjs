// An MCP server (2025-11-25) whose one tool tries something and says whether it was let through.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** A connection that is neither refused nor made counts as refused after this long. */
const CONNECT_MS = 5_000;

const attempts = {
  read: async (path) => {
    await (await open(path, 'r')).close();
  },
  write: async (path) => {
    await (await open(path, 'a')).close();
  },
  connect: async (address) => {
    const { hostname, port } = new URL(`tcp://${address}`);
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
    } finally {
      socket.destroy();
    }
  },
  exec: async (program) => {
    await once(spawn(program, [], { stdio: 'ignore' }), 'spawn');
  },
};

const tools = [
  {
    name: 'attempt',
    description: 'Tries something',
    inputSchema: {
      type: 'object',
      properties: { kind: { enum: Object.keys(attempts) }, target: { type: 'string' } },
      required: ['kind', 'target'],
    },
  },
];

async function attempt({ kind, target }) {
  try {
    await attempts[kind](target);
    return { allowed: true, reason: '' };
  } catch (error) {
    return { allowed: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

async function answer({ id, method, params }) {
  if (id === undefined) return;
  if (method === 'initialize') {
    const { protocolVersion } = params;
    const serverInfo = { name: 'probe', version: '0.1.0' };
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
  } else if (method === 'tools/list') {
    send({ id, result: { tools } });
  } else if (method === 'tools/call') {
    const structuredContent = await attempt(params.arguments);
    send({ id, result: { content: [], structuredContent } });
  } else {
    send({ id, error: { code: -32_601, message: `no method ${method}` } });
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  void answer(JSON.parse(line));
});
