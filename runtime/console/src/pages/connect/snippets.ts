/** Where a client finds this kernel. */
export interface KernelPlace {
  /** The program that clients start, `bin/nexus`. */
  readonly command: string;
  /** What the program is started with, so that it finds the same kernel. */
  readonly args: readonly string[];
  readonly mcpUrl: string;
  /** Null until one was made. */
  readonly token: string | null;
}

export interface Snippet {
  readonly client: string;
  /** Where it goes. */
  readonly where: string;
  readonly text: string;
  readonly isCommand: boolean;
}

const tokenInPlace = 'TOKEN';
const places = ['data', 'manifests', 'plugins', 'workspace'] as const;

/** The arguments that lead `nexus mcp` to this kernel: each place that is not where it usually is. */
export function argumentsOf(
  paths: Readonly<Record<string, string>>,
  allowUnsandboxed: boolean,
): readonly string[] {
  const moved = places.flatMap((place) => {
    const path = paths[place];
    return path === undefined || path === `${paths['program']}/${place}` ? [] : [`--${place}`, path];
  });
  return ['mcp', ...moved, ...(allowUnsandboxed ? ['--allow-unsandboxed'] : [])];
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Ready to be copied, for each client. Those that start a program need no token: they run as you. */
export function snippetsOf({ command, args, mcpUrl, token }: KernelPlace): readonly Snippet[] {
  const authorization = `Bearer ${token ?? tokenInPlace}`;
  const remote = { url: mcpUrl, headers: { Authorization: authorization } };
  return [
    {
      client: 'Claude Desktop',
      where: 'Settings, Developer, Edit Config: claude_desktop_config.json. Then start Claude Desktop again.',
      text: json({ mcpServers: { nexus: { command, args } } }),
      isCommand: false,
    },
    {
      client: 'Claude Code',
      where: 'In a terminal. “claude mcp list” then says whether it is connected.',
      text: `claude mcp add --transport http nexus ${shellWord(mcpUrl)} --header ${shellWord(`Authorization: ${authorization}`)}`,
      isCommand: true,
    },
    {
      client: 'VS Code',
      where: '.vscode/mcp.json of a project, or “MCP: Open User Configuration” in the command palette.',
      text: json({ servers: { nexus: { type: 'http', ...remote } } }),
      isCommand: false,
    },
    {
      client: 'Cursor',
      where: '~/.cursor/mcp.json, or .cursor/mcp.json of a project.',
      text: json({ mcpServers: { nexus: remote } }),
      isCommand: false,
    },
  ];
}
