import type { Logger } from './base/logger.ts';
import type { PluginHost, PluginStatus } from './contract/plugins.ts';

/** Writes into the log which plugins stop working and why, and which work again. Disposed of, it writes no more. */
export function logPlugins(host: PluginHost, log: Logger): Disposable {
  const said = new Map<string, string>();
  const look = (plugin: string): void => {
    const status = host.status(plugin);
    const trouble = status === undefined ? null : troubleOf(status);
    const before = said.get(plugin);
    if (trouble?.text === before) return;
    if (trouble === null) {
      // While it is started again nobody knows whether it works.
      if (status?.state === 'starting') return;
      said.delete(plugin);
      log.info(
        { plugin },
        status?.state === 'active' ? 'it works again' : 'what kept it from working is over',
      );
      return;
    }
    said.set(plugin, trouble.text);
    log[trouble.level]({ plugin }, trouble.text);
  };
  for (const { name } of host.statuses()) look(name);
  const stop = host.onEvent(({ kind, plugin }) => kind === 'status' && look(plugin));
  return { [Symbol.dispose]: stop };
}

function troubleOf(status: PluginStatus): { readonly level: 'error' | 'warn'; readonly text: string } | null {
  const { state, reason, nextStep, pending } = status;
  if (state === 'error') return { level: 'error', text: `it does not work: ${reason} ${nextStep}`.trim() };
  if (state === 'quarantined')
    return { level: 'warn', text: `it is held back: ${reason} ${nextStep}`.trim() };
  if (pending === null || pending.kind === 'starting') return null;
  return { level: 'warn', text: `a change is not in force: ${pending.reason} ${pending.nextStep}`.trim() };
}
