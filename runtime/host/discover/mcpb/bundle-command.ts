import { isAbsolute, join } from 'node:path';
import type { CommandSource } from '../../../contract/manifest.ts';
import type { BundleManifest } from './bundle-manifest.ts';

/** Places of the user that bundles name, and what they are here. */
const places: Readonly<Record<string, string>> = {
  HOME: '${home}',
  DESKTOP: '${home}/Desktop',
  DOCUMENTS: '${home}/Documents',
  DOWNLOADS: '${home}/Downloads',
  pathSeparator: '/',
  '/': '/',
};

/**
 * The command of a bundle that lies in `dir`, on this platform, as a manifest would have it: what the user
 * configures becomes `${settings.KEY}`.
 */
export function bundleCommand(
  { server }: BundleManifest,
  dir: string,
  platform: NodeJS.Platform,
): CommandSource {
  const { platform_overrides: overrides = {}, ...plain } = server.mcp_config;
  const own = Object.hasOwn(overrides, platform) ? overrides[platform] : undefined;
  const command = fillBundleText(own?.command ?? plain.command, dir);
  const env = Object.entries(own?.env ?? plain.env ?? {});
  return {
    command: command.includes('/') && !isAbsolute(command) ? join(dir, command) : command,
    args: (own?.args ?? plain.args ?? []).map((arg) => fillBundleText(arg, dir)),
    env: Object.fromEntries(env.map(([name, value]) => [name, fillBundleText(value, dir)])),
  };
}

/** A text of a bundle's manifest with its own places filled in. */
export function fillBundleText(text: string, dir: string): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (whole, name: string) => {
    if (name === '__dirname') return dir;
    if (name.startsWith('user_config.')) return `\${settings.${name.slice('user_config.'.length)}}`;
    return (Object.hasOwn(places, name) ? places[name] : undefined) ?? whole;
  });
}
