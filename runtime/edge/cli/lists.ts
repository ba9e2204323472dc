import { z } from 'zod';
import { nearestWord } from '../../base/nearest-word.ts';
import {
  listedPluginSchema,
  runSchema,
  toolSchema,
  type ListedPlugin,
  type Run,
} from '../../contract/api.ts';
import { readNumber, usage, type Command, type Given } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { describePending, describeTrouble } from './plain-words.ts';
import {
  duration,
  inOneLine,
  megabytes,
  moment,
  paint,
  paragraph,
  print,
  printJson,
  printTable,
  type Cell,
} from './terminal.ts';

type Style = Parameters<typeof paint>[0];

const pluginStyles: Readonly<Partial<Record<ListedPlugin['state'], Style>>> = {
  active: 'green',
  error: 'red',
  quarantined: 'yellow',
  disabled: 'dim',
};
const runStyles: Readonly<Partial<Record<Run['state'], Style>>> = {
  SUCCEEDED: 'green',
  FAILED: 'red',
  DENIED: 'yellow',
  UNKNOWN: 'yellow',
  CANCELED: 'dim',
};

/** `nexus plugins`. */
export const pluginsCommand: Command = async (given, deps) => {
  const plugins = await clientOf(given, deps).get('/api/plugins', z.array(listedPluginSchema));
  if (given.switches.has('json')) printJson(plugins);
  else if (plugins.length === 0) print('No plugins yet. Add one with "nexus plugin add".');
  else showPlugins(plugins);
  return 0;
};

function showPlugins(plugins: readonly ListedPlugin[]): void {
  printTable(
    [
      { title: 'NAME' },
      { title: 'STATE' },
      { title: 'ISOLATION' },
      { title: 'TOOLS', isNumber: true },
      { title: 'CALLS', isNumber: true },
      { title: 'ERRORS', isNumber: true },
      { title: 'MEMORY', isNumber: true },
      { title: 'SOURCE' },
    ],
    plugins.map(({ name, state, tier, tools, calls, health, source }) => [
      name,
      styled(state, pluginStyles[state]),
      tier ?? '-',
      String(tools),
      String(calls),
      styled(String(health.calls.errors), health.calls.errors > 0 ? 'red' : undefined),
      health.usage === null ? '-' : megabytes(health.usage.memoryBytes),
      source,
    ]),
  );
  for (const plugin of plugins) {
    const { name, state, reason } = plugin;
    const isTrouble = state === 'error' || state === 'quarantined';
    // One that is available may lack a setting, or be at its installation.
    if (!isTrouble && (state !== 'available' || reason === '')) continue;
    print(`\n${paragraph(`${paint(isTrouble ? 'red' : 'yellow', name)}: ${describeTrouble(plugin)}`)}`);
  }
  for (const { name, pending } of plugins) {
    if (pending !== null) print(`\n${paragraph(`${paint('yellow', name)}: ${describePending(pending)}`)}`);
  }
  for (const { name, health } of plugins) {
    if (health.lastCheck?.isOk !== false) continue;
    const words = `its last health check failed: ${inOneLine(health.lastCheck.words)}`;
    print(`\n${paragraph(`${paint('yellow', name)}: ${words}`)}`);
  }
}

/** `nexus tools`. */
export const toolsCommand: Command = async (given, deps) => {
  const tools = await clientOf(given, deps).get('/api/tools', z.array(toolSchema));
  if (given.switches.has('json')) printJson(tools);
  else if (tools.length === 0) print('No tools. "nexus plugins" shows which plugins there are.');
  else {
    printTable(
      [{ title: 'TOOL' }, { title: 'EFFECT' }, { title: 'WHAT IT DOES' }],
      tools.map(({ plugin, tool, effect, title, description }) => [
        `${plugin}.${tool}`,
        effect,
        description === '' ? (title ?? '') : description,
      ]),
    );
  }
  return 0;
};

/** `nexus runs`. */
export const runsCommand: Command = async (given, deps) => {
  const query = new URLSearchParams(runQuery(given));
  const runs = await clientOf(given, deps).get(`/api/runs?${query.toString()}`, z.array(runSchema));
  if (given.switches.has('json')) printJson(runs);
  else if (runs.length === 0) print('No runs.');
  else showRuns(runs);
  return 0;
};

function runQuery({ values: { plugin, tool = '', state, limit } }: Given): Record<string, string> {
  // A tool may be written with its plugin, as `nexus call` takes it.
  const dot = tool.indexOf('.');
  const owner = plugin ?? (dot > 0 ? tool.slice(0, dot) : undefined);
  const ownName = dot > 0 ? tool.slice(dot + 1) : tool;
  return {
    limit: String(limit === undefined ? 20 : readNumber('limit', limit, 1, 1_000)),
    ...(owner === undefined ? {} : { plugin: owner }),
    ...(ownName === '' ? {} : { tool: ownName }),
    ...(state === undefined ? {} : { state: readState(state) }),
  };
}

function readState(written: string): string {
  const known = runSchema.shape.state.options;
  const state = known.find((name) => name === written.toUpperCase());
  if (state !== undefined) return state;
  const meant = nearestWord(written, known);
  throw usage(
    `--state is "${written}", not one of ${known.join(', ')}${meant === undefined ? '' : `; the nearest one is ${meant}`}`,
  );
}

function showRuns(runs: readonly Run[]): void {
  const now = Date.now();
  printTable(
    [
      { title: 'WHEN' },
      { title: 'TOOL' },
      { title: 'STATE' },
      { title: 'TIME', isNumber: true },
      { title: 'ERROR' },
    ],
    runs.map(({ queuedAt, plugin, tool, state, durationMs, error }) => [
      moment(queuedAt, now),
      `${plugin}.${tool}`,
      styled(state, runStyles[state]),
      durationMs === null ? '-' : duration(durationMs),
      error ?? '',
    ]),
  );
}

function styled(text: string, style: Style | undefined): Cell {
  return style === undefined ? text : { text, style };
}
