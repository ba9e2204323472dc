import { setTimeout as wait } from 'node:timers/promises';
import { addedPluginSchema, pluginDetailSchema, type PluginDetail } from '../../contract/api.ts';
import type { Command } from './command-line.ts';
import { clientOf, type KernelClient } from './kernel-client.ts';
import { describeState, readShownManifest } from './plain-words.ts';
import { printPermissions } from './plugin.ts';
import { inOneLine, paint, paragraph, print, printJson } from './terminal.ts';
import { readNewPlugin } from './new-plugin.ts';

/** A package may have to be installed first; after this long the answer is "still starting". */
const patienceMs = 20_000;
const betweenLooksMs = 200;

/** `nexus plugin add`: writes the manifest, says what the plugin may do, and waits a while for its tools. */
export const addCommand: Command = async (given, deps) => {
  const { name, source, asks } = readNewPlugin(given);
  const client = clientOf(given, deps);
  const added = await client.post('/api/plugins', { name, source }, addedPluginSchema);
  const isJson = given.switches.has('json');
  if (isJson) printJson(added);
  else {
    print(`Wrote ${added.manifestFile}\n`);
    print(JSON.stringify(added.manifest, null, 2).replaceAll(/^/gm, '  '));
    const manifest = readShownManifest(added.manifest);
    if (manifest !== undefined) printPermissions(manifest);
    if (asks !== undefined) print(`\nIt asks for: ${inOneLine(JSON.stringify(asks))}`);
    print('\nTo grant more, write "permissions" into that file; it is followed at once.');
  }
  const { status } = await settled(client, name);
  if (!isJson) {
    const more =
      status.state === 'error' ? `: ${status.reason} ${status.nextStep}` : `, ${status.tools} tools`;
    print(
      `\n${paragraph(`${paint('bold', name)} is ${inOneLine(`${describeState(status.state)}${more}`)}`)}`,
    );
  }
  return status.state === 'error' ? 1 : 0;
};

async function settled(client: KernelClient, name: string): Promise<PluginDetail> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const detail = await client.get(`/api/plugins/${name}`, pluginDetailSchema);
    const { state, tools } = detail.status;
    const isSettled = state === 'error' || state === 'active' || state === 'quarantined' || tools > 0;
    if (isSettled || performance.now() > until) return detail;
    await wait(betweenLooksMs);
  }
}
