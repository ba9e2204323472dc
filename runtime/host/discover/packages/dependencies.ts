import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../../../base/errors.ts';
import { modulesAbove } from '../package-folder.ts';

const strings = z.record(z.string(), z.string());
const packageSchema = z.object({
  dependencies: strings.default({}),
  optionalDependencies: strings.optional(),
  overrides: z.record(z.string(), z.unknown()).optional(),
});

/** What a package.json says of other packages. */
export type Dependencies = z.infer<typeof packageSchema>;

/** What the package.json of a plugin's folder depends on. Nothing without one, or when it is none. */
export function dependenciesOf(dir: string): Dependencies {
  return readDependencies(readText(join(dir, 'package.json')) ?? '{}');
}

/** The same of the text of a package.json. */
export function readDependencies(text: string): Dependencies {
  try {
    const parsed = packageSchema.safeParse(JSON.parse(text));
    return parsed.data ?? { dependencies: {} };
  } catch (error) {
    if (error instanceof SyntaxError) return { dependencies: {} };
    throw error;
  }
}

/** Those of them that Node would not find from there. */
export function missingDependencies(dir: string): readonly string[] {
  const names = Object.keys(dependenciesOf(dir).dependencies);
  if (names.length === 0) return [];
  const modules = [join(dir, 'node_modules'), ...modulesAbove(dir)];
  return names.filter((name) => !modules.some((each) => existsSync(join(each, name))));
}

/** The lock file of a folder: what its author tested with. */
export function lockFileOf(dir: string): string | undefined {
  return readText(join(dir, 'package-lock.json'));
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
