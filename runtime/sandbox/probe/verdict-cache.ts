import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { RuntimeClosure } from '../runtime-closure.ts';
import { findBubblewrap, type Verdict } from './machine.ts';

/** Raise it when what is cached, or what a probe tries, changes. */
const FORMAT = 1;

const mountSchema = z.strictObject({ source: z.string(), target: z.string(), writable: z.boolean() });
const cachedSchema = z.strictObject({
  key: z.string(),
  closure: z.strictObject({
    nodePath: z.string(),
    prlimitPath: z.string(),
    libraries: z.array(mountSchema),
    system: z.array(mountSchema),
    systemLinks: z.array(z.strictObject({ path: z.string(), target: z.string() })),
  }),
  verdict: z.strictObject({
    bubblewrap: z
      .strictObject({ path: z.string(), proc: z.boolean(), disableUserns: z.boolean() })
      .nullable(),
    namespaces: z.strictObject({ proc: z.boolean() }).nullable(),
    landlock: z.strictObject({ version: z.number() }).nullable(),
    probes: z.array(
      z.strictObject({ mechanism: z.string(), works: z.boolean(), reason: z.string(), remedy: z.string() }),
    ),
  }),
});

/** What an earlier boot found out. */
export interface CachedVerdict {
  readonly key: string;
  readonly closure: RuntimeClosure;
  readonly verdict: Verdict;
}

/** What the verdict depends on. */
export async function verdictKey(nodePath: string): Promise<string> {
  const marks = await Promise.all([findBubblewrap().then(markOf), markOf(nodePath)]);
  return [FORMAT, release(), process.getuid?.() ?? 0, ...marks].join(' ');
}

/** What an earlier boot has kept; null when that cannot be read. */
export async function readVerdict(path: string): Promise<CachedVerdict | null> {
  const content = await readFile(path, 'utf8').catch(() => null);
  const parsed = cachedSchema.safeParse(content === null ? null : parseJson(content));
  return parsed.success ? parsed.data : null;
}

/**
 * Whether a kept verdict still holds: with the same key, and only when it is the best one. Anything less may have been
 * remedied since, by a setting that no key shows.
 */
export function stillHolds(cached: CachedVerdict, key: string): boolean {
  const { bubblewrap } = cached.verdict;
  return cached.key === key && bubblewrap?.proc === true && bubblewrap.disableUserns;
}

/** Keeps a verdict for the next boot. */
export async function writeVerdict(path: string, cached: CachedVerdict): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, JSON.stringify(cached));
  await rename(`${path}.new`, path);
}

async function markOf(path: string | null): Promise<string> {
  if (path === null) return 'none';
  const { size, mtimeMs } = await stat(path);
  return `${path}:${size}:${mtimeMs}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Half a file of a machine that lost power: as good as none.
    return null;
  }
}
