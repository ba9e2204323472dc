import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { systemCode } from '../../../base/errors.ts';

/** What the installer leaves in each package folder: what is in it. */
export const packageRecordSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Of the package's tarball, as the registry gave it and the installer checked it. */
  integrity: z.string(),
  /** SHA-256 over name, version and integrity of the package and all its dependencies. */
  treeHash: z.string(),
  /** Program name → file, relative to the package folder. */
  bin: z.record(z.string(), z.string()),
  /** Packages whose install scripts were not run. */
  scriptsSkipped: z.array(z.string()),
});

/** What a plugin resolved its package to, kept so that a range or a tag means the same at every start. */
export const pinSchema = z.object({ spec: z.string(), folder: z.string() });

export type PackageRecord = z.infer<typeof packageRecordSchema>;
export type Pin = z.infer<typeof pinSchema>;

/** A record of our own; undefined when it is absent or cut short by a crash. */
export function readRecord<T>(schema: z.ZodType<T>, file: string): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
