import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The `nexus` command of the installation that a plugin folder lies in, or of NEXUS_HOME; undefined without one. */
export function findNexus(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const home = environment['NEXUS_HOME'];
  if (home !== undefined && home !== '') return join(home, 'bin', 'nexus');
  for (let at = folder; ; at = dirname(at)) {
    const command = join(at, 'bin', 'nexus');
    if (existsSync(command) && existsSync(join(at, 'runtime'))) return command;
    if (dirname(at) === at) return undefined;
  }
}
