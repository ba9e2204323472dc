import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

/** Version of the program in a folder. */
export function readVersion(rootDir: string): string {
  return packageSchema.parse(JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))).version;
}
