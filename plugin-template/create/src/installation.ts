import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the Nexus installation that a folder lies in, or undefined. */
export function findInstallation(from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    if (['bin/nexus', 'manifests', 'plugins'].every((part) => existsSync(join(at, part)))) return at;
    if (dirname(at) === at) return undefined;
  }
}
