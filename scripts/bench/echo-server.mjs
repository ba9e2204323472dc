// A minimal MCP server over stdio, of the legacy era and without any library, so that what is measured is not the server.
// `--tools N` makes it list N tools with schemas of an ordinary size; all of them answer with the text they are given.
import { createInterface } from 'node:readline';

const tools = Array.from({ length: Number(process.argv[3] ?? 1) }, (_, index) => ({
  name: index === 0 ? 'echo' : `echo_${index}`,
  description: `Answers with the text it is given. ${'It changes nothing and remembers nothing. '.repeat(index === 0 ? 1 : 4)}`,
  inputSchema: {
    type: 'object',
    properties: {
      text: { type: 'string', description: 'What to answer' },
      ...(index === 0
        ? {}
        : {
            times: { type: 'integer', minimum: 1, maximum: 10, description: 'How often to answer it' },
            style: { type: 'string', enum: ['plain', 'upper', 'lower'], description: 'How to write it' },
          }),
    },
    required: ['text'],
  },
  annotations: { readOnlyHint: true },
}));

function answer(method, params) {
  if (method === 'initialize') {
    const { protocolVersion } = params;
    return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'echo', version: '1.0.0' } };
  }
  if (method === 'tools/list') return { tools };
  if (method === 'tools/call') return { content: [{ type: 'text', text: params.arguments.text }] };
  return method === 'ping' ? {} : undefined;
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const result = answer(method, params);
  const error = { code: -32_601, message: `"${method}" is not served` };
  const outcome = result === undefined ? { error } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...outcome })}\n`);
});
