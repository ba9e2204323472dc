import { join, resolve } from 'node:path';
import type { Kernel } from '../../index.ts';
import type { Given } from './command-line.ts';
import type { ServedKernel } from './deps.ts';
import { placeOptions } from './places.ts';
import { describeTrouble } from './plain-words.ts';
import { paint, paragraph, print, printRow } from './terminal.ts';

/** How long plugins may take to be listed before the report speaks of those in error, in milliseconds. */
const listingMs = 60_000;

interface StartFacts {
  readonly readyMs: number;
  readonly given: Given;
  readonly rootDir: string;
}

/** What a person needs to go on. */
export async function reportStart({ kernel, url, mcpUrl }: ServedKernel, facts: StartFacts): Promise<void> {
  print(`${paint('bold', `Nexus is ready at ${url}`)} (${facts.readyMs} ms)\n`);
  printRow('Console', await consoleLink(kernel, url), 15);
  printRow('MCP endpoint', mcpUrl, 15);
  printRow('Token', kernel.token, 15);
  printRow('', `kept in ${join(kernel.config.dataDir, 'token')}`, 15);
  print('\nClaude Desktop and other clients that start their servers themselves:\n');
  const command = join(facts.rootDir, 'bin', 'nexus');
  const config = { mcpServers: { nexus: { command, args: ['mcp', ...placeArguments(facts.given)] } } };
  print(`${JSON.stringify(config, null, 2).replaceAll(/^/gm, '  ')}\n`);
}

/** Signs in whoever opens it, once; with a password set it does not, as what is printed may be kept in a journal. */
async function consoleLink({ access }: Kernel, url: string): Promise<string> {
  if (await access.hasPassword()) return `${url}/`;
  return `${url}/#login=${(await access.newCode()).code}`;
}

/** The options that lead another process to the same kernel, wherever it is started. */
function placeArguments({ values, switches }: Given): readonly string[] {
  return Object.keys(placeOptions).flatMap((option) => {
    const value = values[option];
    if (value !== undefined) return [`--${option}`, resolve(value)];
    return switches.has(option) ? [`--${option}`] : [];
  });
}

/** Says which isolation is in force, and then of each plugin that does not work why; once for each reason. */
export async function reportTroubles(kernel: Kernel): Promise<void> {
  const { host } = kernel;
  const { tier, mechanism } = await kernel.sandbox();
  const shown = tier === 'sandbox' ? paint('green', tier) : paint('yellow', `${tier} (not a boundary)`);
  print(`Isolation in force: ${shown}, by ${mechanism}`);
  const said = new Map<string, string>();
  const look = (): void => {
    for (const status of host.statuses()) {
      const { name, state } = status;
      const isTrouble = state === 'error' || state === 'quarantined';
      const text = isTrouble ? describeTrouble(status) : '';
      if (isTrouble && said.get(name) !== text)
        print(paragraph(`${paint('yellow', 'Warning')} ${name}: ${text}`));
      if (isTrouble) said.set(name, text);
    }
  };
  await host.listed(listingMs);
  look();
  host.onEvent(({ kind }) => {
    if (kind === 'status') look();
  });
}
