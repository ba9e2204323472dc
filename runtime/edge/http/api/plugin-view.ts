import { NexusError } from '../../../base/errors.ts';
import { nearestWord } from '../../../base/nearest-word.ts';
import type { Plugin } from '../../../contract/api.ts';
import type { PluginStatus } from '../../../contract/plugins.ts';
import type { Kernel } from '../../../index.ts';

/** How a plugin is. Throws PLUGIN_UNKNOWN with the nearest name there is. */
export function statusOf(kernel: Kernel, plugin: string): Plugin {
  const status = kernel.host.status(plugin);
  if (status !== undefined) return viewPlugin(kernel, status);
  const names = kernel.host.statuses().map(({ name }) => name);
  const meant = nearestWord(plugin, names);
  const todo = meant === undefined ? 'Run "nexus plugins" for the names' : `Perhaps you mean "${meant}"`;
  throw new NexusError('PLUGIN_UNKNOWN', { plugin, todo });
}

/** A plugin as lists show it. */
export function viewPlugin(kernel: Kernel, status: PluginStatus): Plugin {
  const tools = kernel.catalogue.entries().filter(({ plugin }) => plugin === status.name);
  const held = [...(kernel.host.view(status.name)?.held.keys() ?? [])];
  return { ...status, tools: tools.length, heldTools: held };
}
