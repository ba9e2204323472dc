import type { BuiltIn, PluginHost } from '../contract/plugins.ts';

/** What catalogue and invoke path need of a host. */
export type ToolHost = Pick<PluginHost, 'views' | 'view' | 'onEvent' | 'call'>;

/**
 * A host and what the kernel offers beside it, which is for its agent: everybody else sees the tools of plugins. A plugin
 * of the same name gives way.
 */
export function withBuiltIns(host: ToolHost, builtIns: readonly BuiltIn[]): ToolHost {
  const byName = new Map(builtIns.map((one) => [one.view.name, one]));
  return {
    views: () => [
      ...host.views().filter(({ name }) => !byName.has(name)),
      ...builtIns.map(({ view }) => view),
    ],
    view: (name) => byName.get(name)?.view ?? host.view(name),
    onEvent: (listener) => {
      for (const name of byName.keys()) listener({ kind: 'listing', plugin: name });
      return host.onEvent(listener);
    },
    call: async (name, method, params, options) => {
      const builtIn = byName.get(name);
      if (builtIn === undefined) return await host.call(name, method, params, options);
      await options.onLeave?.();
      const { name: tool, arguments: args } = params;
      const given = typeof args === 'object' && args !== null && !Array.isArray(args) ? { ...args } : {};
      return await builtIn.call(String(tool), given, options);
    },
  };
}
