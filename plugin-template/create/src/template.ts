import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../template/', import.meta.url));
/** The name the template's own plugin has. */
const placeholder = 'my-plugin';

/** The template's files by their paths, for a plugin of this name. The two languages differ in nothing but the file names: all types are inferred. */
export function readTemplate(name: string, language: 'ts' | 'js'): ReadonlyMap<string, string> {
  const named = (text: string): string => {
    const own = text.replaceAll(placeholder, name);
    return language === 'ts' ? own : own.replaceAll(/\b(main|main\.test)\.ts\b/g, '$1.js');
  };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
      .sort()
      .map((path) => [named(path), named(readFileSync(join(folder, path), 'utf8'))]),
  );
}
