// Checks package-lock.json, or repairs it with --write:
// - an optional package for another platform that the registry in use did not offer has no entry, and `npm ci`
//   then refuses the whole file; an entry with its platform is enough, because it is never fetched here;
// - an entry must not name the registry of the machine that made it.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const LOCKFILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));

const entrySchema = z.looseObject({
  version: z.string().optional(),
  resolved: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockfileSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });
type Lockfile = z.infer<typeof lockfileSchema>;
type Entry = z.infer<typeof entrySchema>;

function assertLockfile(value: unknown): asserts value is Lockfile {
  lockfileSchema.parse(value);
}

/** Platform packages are named `…-OS-CPU[-LIBC]`, with npm's own words for all three. */
const PLATFORM =
  /(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>[a-z0-9]+)(?:-(?<abi>[a-z0-9]+))?$/;

/** Node's own look-up: in the owner's node_modules, then in that of each package above it. */
function isPresent(packages: Lockfile['packages'], owner: string, name: string): boolean {
  const inOwner = owner === '' ? `node_modules/${name}` : `${owner}/node_modules/${name}`;
  if (packages[inOwner] !== undefined) return true;
  if (owner === '') return false;
  return isPresent(packages, owner.slice(0, Math.max(0, owner.lastIndexOf('/node_modules/'))), name);
}

function makeEntry(name: string, version: string, isDev: boolean): Entry | undefined {
  const platform = PLATFORM.exec(name)?.groups;
  const { os, cpu, abi } = platform ?? {};
  if (os === undefined || cpu === undefined) return undefined;
  const libc = os !== 'linux' || abi === undefined ? undefined : abi.startsWith('musl') ? 'musl' : 'glibc';
  return {
    version,
    cpu: [cpu],
    ...(isDev && { dev: true }),
    ...(libc !== undefined && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

function findMissing(lockfile: Lockfile): Map<string, Entry | undefined> {
  const missing = new Map<string, Entry | undefined>();
  for (const [owner, entry] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isPresent(lockfile.packages, owner, name)) continue;
      missing.set(`node_modules/${name}`, makeEntry(name, version, entry.dev === true));
    }
  }
  return missing;
}

const lockfile: unknown = JSON.parse(readFileSync(LOCKFILE, 'utf8'));
// `assert` leaves the object as npm wrote it; a parsed copy would reorder the keys of every entry.
assertLockfile(lockfile);
const missing = findMissing(lockfile);
const addressed = Object.entries(lockfile.packages).filter(
  ([, entry]) => entry.resolved !== undefined && entry.link !== true,
);
if (process.argv.includes('--write')) {
  for (const [path, entry] of missing) if (entry !== undefined) lockfile.packages[path] = entry;
  for (const [, entry] of addressed) delete entry.resolved;
  const sorted = Object.entries(lockfile.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const repaired = { ...lockfile, packages: Object.fromEntries(sorted) };
  writeFileSync(LOCKFILE, `${JSON.stringify(repaired, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${missing.size} added, ${addressed.length} addresses removed\n`);
} else if (missing.size + addressed.length > 0) {
  for (const path of missing.keys()) process.stdout.write(`no entry for ${path}\n`);
  for (const [path] of addressed) process.stdout.write(`address of a registry in ${path}\n`);
  process.stdout.write('Run "node scripts/lockfile.ts --write".\n');
  process.exitCode = 1;
}
