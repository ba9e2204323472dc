import type { Manifest } from '../contract/manifest.ts';

/** Where a plugin comes from, in one line for people. */
export function describeSource({ source }: Manifest): string {
  if ('url' in source) return source.url;
  return 'plugin' in source ? source.plugin : [source.command, ...source.args].join(' ');
}
