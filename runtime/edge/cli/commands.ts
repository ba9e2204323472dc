import type { CommandSpec, OptionSpec } from './command-line.ts';
import { consoleSpecs } from './console-commands.ts';
import { personaSpecs } from './persona-specs.ts';
import { dataOption, placeOptions } from './places.ts';
import { modelSpecs } from './model-specs.ts';
import { approvalSpecs } from './approval-specs.ts';
import { threadSpecs } from './thread-specs.ts';
import { workSpecs } from './work-specs.ts';

const jsonOption: Readonly<Record<string, OptionSpec>> = { json: { about: 'Print JSON' } };
const asked = { ...jsonOption, ...dataOption };
const none = { words: '', count: [0, 0] } as const;

const plugin = (name: string, summary: string, isJson = false): CommandSpec => ({
  words: 'NAME',
  count: [1, 1],
  summary,
  options: isJson ? asked : dataOption,
  load: async () => (await import('./plugin.ts')).pluginCommands[name] ?? unreachable(name),
});

const setting = (name: string, spec: Partial<CommandSpec> & Pick<CommandSpec, 'summary'>): CommandSpec => ({
  ...none,
  options: asked,
  load: async () => (await import('./settings.ts')).settingsCommands[name] ?? unreachable(name),
  ...spec,
});

const settingsSpecs = {
  settings: setting('list', { summary: 'List the settings of the kernel and its plugins' }),
  'settings get': setting('get', {
    words: 'KEY',
    count: [1, 1],
    summary: 'Show one setting and what it takes',
  }),
  'settings set': setting('set', {
    words: 'KEY [VALUE…]',
    count: [1, 257],
    summary: 'Change a setting, in force at once',
    details: [
      'A secret is never written on the command line, where other programs can read it: it is asked for, or read from stdin when that is no terminal. "-" reads any other value from stdin.',
    ],
  }),
  'settings unset': setting('unset', {
    words: 'KEY',
    count: [1, 1],
    summary: 'Clear a setting, so that its default is in force',
  }),
  'settings audit': setting('audit', {
    words: '[KEY]',
    count: [0, 1],
    summary: 'List what was changed, when and by whom, newest first',
    options: { limit: { value: 'N', about: 'How many, 1 to 1000 (50)' }, ...asked },
  }),
  'settings export': setting('export', {
    words: '[FILE]',
    count: [0, 1],
    summary: 'Write what was set to a file or to stdout',
    options: {
      encrypt: {
        about: 'With all secrets, encrypted with a passphrase that is asked for or read from stdin',
      },
      ...dataOption,
    },
  }),
  'settings import': setting('import', {
    words: 'FILE',
    count: [1, 1],
    summary: 'Set what an exported file holds; the passphrase of an encrypted one is asked for',
  }),
  'settings rotate-key': setting('rotate-key', { summary: 'Encrypt every secret with a new master key' }),
} as const;

/** Every command under the words it is called with, in the order of the help. */
export const commands: Readonly<Record<string, CommandSpec>> = {
  start: {
    ...none,
    isService: true,
    summary: 'Serve the API and MCP until told to stop',
    options: {
      port: { value: 'N', about: 'Port on 127.0.0.1; 0 takes any free one (4700)' },
      ...placeOptions,
      env: {
        value: 'FILE',
        about: "A .env whose values become settings (.env in the program's folder, with its data directory)",
      },
      json: { about: 'First line on stdout is {"url","mcp","token","pid","readyMs"}, and nothing else' },
    },
    load: async () => (await import('./start.ts')).startCommand,
  },
  mcp: {
    ...none,
    isService: true,
    summary: 'Serve MCP on stdin and stdout',
    details: [
      'Attaches to the kernel that runs over the same data directory. When none runs it starts one inside itself, which ends with it; other clients attached to that one then start their own.',
    ],
    options: placeOptions,
    load: async () => (await import('./mcp.ts')).mcpCommand,
  },
  call: {
    words: 'PLUGIN.TOOL [JSON]',
    count: [1, 2],
    summary: 'Run a tool with the arguments given as a JSON object; - reads them from stdin',
    options: asked,
    load: async () => (await import('./call.ts')).callCommand,
  },
  command: {
    words: '[LINE]',
    count: [0, 1_000],
    summary: 'Run a slash command, or list them all',
    details: [
      "nexus command '/weather.today Paris'    words are the arguments in order",
      'nexus command /weather.today city=Paris units=metric',
      'nexus command \'/weather.today {"city":"Paris"}\'',
    ],
    options: asked,
    load: async () => (await import('./command.ts')).commandCommand,
  },
  chat: {
    words: '[MESSAGE…]',
    count: [0, 1_000],
    summary: 'Talk to the assistant; without a message, a conversation',
    options: { thread: { value: 'ID', about: 'Go on in this thread' }, ...dataOption },
    load: async () => (await import('./chat.ts')).chatCommand,
  },
  ...approvalSpecs,
  ...threadSpecs,
  plugins: {
    ...none,
    summary: 'List the plugins',
    options: asked,
    load: async () => (await import('./lists.ts')).pluginsCommand,
  },
  tools: {
    ...none,
    summary: 'List the tools of all plugins',
    options: asked,
    load: async () => (await import('./lists.ts')).toolsCommand,
  },
  ...consoleSpecs,
  ...workSpecs,
  ...settingsSpecs,
  ...modelSpecs,
  ...personaSpecs,
  doctor: {
    ...none,
    summary: 'Say what this machine can enforce and what is wrong',
    options: { ...jsonOption, ...placeOptions },
    load: async () => (await import('./doctor.ts')).doctorCommand,
  },
  'plugin add': {
    words: 'SOURCE',
    count: [1, 1],
    takesRest: true,
    summary: 'Import a plugin with the least permissions; it runs when it is approved',
    details: [
      'nexus plugin add DIR                      an Agent Plugins directory',
      'nexus plugin add FILE.mcpb                an MCP bundle',
      'nexus plugin add server.json              an entry of the MCP registry, or its https address',
      'nexus plugin add claude_desktop_config.json, .mcp.json, mcp.json   servers of another client',
      'nexus plugin add PACKAGE@VERSION          an MCP server from npm',
      'nexus plugin add NAME -- COMMAND ARGS…    an MCP server on stdin and stdout',
      'nexus plugin add NAME --url URL           a remote MCP server',
    ],
    options: {
      url: { value: 'URL', about: 'Streamable HTTP endpoint of a remote server' },
      name: { value: 'NAME', about: 'What it is called here' },
      server: { value: 'NAME', about: 'Only this server of a source that has several' },
      'allow-read': { value: 'PATH', isList: true, about: 'Let it read a folder or file' },
      'allow-write': { value: 'PATH', isList: true, about: 'Let it read and write a folder or file' },
      'allow-net': { value: 'HOST:PORT', isList: true, about: 'Let it connect to a host' },
      'allow-exec': { about: 'Let it start other programs' },
      set: { value: 'KEY=VALUE', isList: true, about: 'Give one of its settings a value' },
      'dry-run': { about: 'Only say what would be done' },
      update: { about: 'Change the plugin of that name when it is not the same' },
      ...asked,
    },
    load: async () => (await import('./plugin-add.ts')).addCommand,
  },
  'plugin run': {
    words: 'MANIFEST',
    count: [1, 1],
    isService: true,
    summary: 'Run one plugin in its sandbox, without a kernel: its MCP conversation is on stdin and stdout',
    details: [
      'MANIFEST is a file, or the name of one in the manifests folder. The first line on stderr says how the plugin is isolated; the rest is its own log. Its settings are read from NEXUS_SETTINGS, a JSON object.',
    ],
    options: {
      ...placeOptions,
      data: { value: 'DIR', about: "Folder that keeps the plugin's data (a temporary one)" },
      json: { about: 'First line on stderr is {"tier","mechanism","enforcement"}' },
    },
    load: async () => (await import('./plugin-run.ts')).runCommand,
  },
  'plugin remove': {
    words: 'NAME',
    count: [1, 1],
    summary: 'Remove a plugin with its settings and what was agreed to',
    options: { purge: { about: 'Its data and bundles that no other plugin runs as well' }, ...asked },
    load: async () => (await import('./plugin-remove.ts')).removeCommand,
  },
  'plugin install-deps': {
    words: 'NAME',
    count: [1, 1],
    summary: 'Install the packages its package.json names, without install scripts',
    options: asked,
    load: async () => (await import('./plugin-remove.ts')).installDependenciesCommand,
  },
  'plugin enable': plugin('enable', 'Switch a plugin on in its manifest'),
  'plugin disable': plugin('disable', 'Switch a plugin off in its manifest'),
  'plugin approve': {
    words: 'NAME',
    count: [1, 1],
    summary: 'Show what of a plugin waits for approval and what differs, and agree to it',
    options: {
      tool: { value: 'TOOL', isList: true, about: 'Only this tool; may be given several times' },
      changes: {
        value: 'HOW',
        about:
          'From now on: "ask" at every change, or "follow" your own code, whose grants still never widen',
      },
      yes: { about: 'Agree without being asked, for scripts' },
      ...asked,
    },
    load: async () => (await import('./plugin-approve.ts')).approveCommand,
  },
  'plugin held': { ...plugin('held', 'List what waits for approval, of all plugins', true), ...none },
  'plugin restart': plugin('restart', 'Stop a plugin; its next call starts it afresh'),
  'plugin logs': plugin('logs', 'Show the last lines it wrote to stderr', true),
  'plugin health': {
    words: 'NAME',
    count: [1, 1],
    summary: 'Show how a plugin is and what it may do; exit code 1 when it is in error',
    options: {
      check: { about: 'Check it first, starting it when it does not run; exit code 1 when that fails' },
      ...asked,
    },
    load: async () => (await import('./plugin-health.ts')).healthCommand,
  },
};

function unreachable(name: string): never {
  throw new Error(`there is no command "${name}"`);
}
