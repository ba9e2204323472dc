import type { ImportRequest } from '../../../../contract/import.ts';

export type ImportSource = ImportRequest['source'];
type Allow = ImportRequest['allow'];

/** In which ways a plugin can be named, with what a person is asked for. */
export const ways = [
  {
    key: 'config',
    title: 'Paste a configuration',
    label: 'Configuration',
    text: 'What the documentation of an MCP server tells you to put into Claude Desktop, VS Code or Cursor; or a server.json.',
    example: '{ "mcpServers": { "time": { "command": "uvx", "args": ["mcp-server-time"] } } }',
  },
  {
    key: 'file',
    title: 'Folder or file',
    label: 'Path on the machine of the kernel',
    text: 'A plugin’s folder, an .mcpb file, a server.json, or the configuration file of another client.',
    example: '/home/me/plugins/weather',
  },
  {
    key: 'package',
    title: 'npm package',
    label: 'Package with its exact version',
    text: 'A package of the npm registry that is an MCP server.',
    example: '@modelcontextprotocol/server-memory@2026.8.31',
  },
  {
    key: 'command',
    title: 'Command',
    label: 'Command',
    text: 'A program that speaks MCP over its standard input and output, one argument per line.',
    example: 'node\n/home/me/server.mjs',
  },
  {
    key: 'url',
    title: 'Address',
    label: 'Address',
    text: 'An MCP server that runs elsewhere, over Streamable HTTP.',
    example: 'https://mcp.example.org/mcp',
  },
] as const;
export type Way = (typeof ways)[number]['key'];

/** What a person wrote, as the kernel is asked for it; null when there is nothing to ask for. */
export function sourceOf(way: Way, written: string): ImportSource | null {
  const text = written.trim();
  if (text === '') return null;
  switch (way) {
    case 'config':
      return { text };
    case 'file':
      return { file: text };
    case 'package':
      return { package: text };
    case 'url':
      return { url: text, headers: {} };
    default: {
      const [command = '', ...args] = text.split('\n').map((line) => line.trim());
      return { command, args: args.filter((arg) => arg !== ''), env: {} };
    }
  }
}

const flagPattern = /^--allow-(?<kind>read|write|net|exec)(?: (?<value>.+))?$/;

/** What is granted when the options of the command line in `flags` are agreed to. */
export function allowOf(flags: Iterable<string>): Allow {
  const allow = { read: [] as string[], write: [] as string[], net: [] as string[], exec: false };
  for (const flag of flags) {
    const { kind, value } = flagPattern.exec(flag)?.groups ?? {};
    const text = unquoted(value ?? '');
    if (kind === 'exec') allow.exec = true;
    else if (kind === 'read' || kind === 'write' || kind === 'net') allow[kind].push(text);
  }
  return allow;
}

/** A word as a shell reads it. */
function unquoted(word: string): string {
  const inner = /^'(?<inner>.*)'$/s.exec(word)?.groups?.['inner'];
  return inner === undefined ? word : inner.replaceAll(String.raw`'\''`, "'");
}
