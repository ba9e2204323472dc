import type { PluginStatus } from '../../../contract/plugins.ts';
import type { Kernel } from '../../../index.ts';

/** How long an answer waits until the host has followed a change of the manifests folder, in milliseconds. */
const followMs = 2_000;

/** Waits until the host knows the plugin as expected, or until it is no use to wait any longer. */
export async function followed(
  { host }: Pick<Kernel, 'host'>,
  plugin: string,
  isExpected: (status: PluginStatus | undefined) => boolean,
): Promise<void> {
  const isDone = (): boolean => isExpected(host.status(plugin));
  if (isDone()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = host.onEvent((event) => {
    if (event.plugin === plugin && isDone()) resolve();
  });
  const timer = setTimeout(resolve, followMs);
  await promise;
  clearTimeout(timer);
  stop();
}
