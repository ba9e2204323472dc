// Builds the web console into runtime/console/dist, unless what is there was built from the same sources.
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemCode } from '../runtime/base/errors.ts';

const CONSOLE = fileURLToPath(new URL('../runtime/console', import.meta.url));
const LOCKFILE = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const DIST = join(CONSOLE, 'dist');
/** In dist: from what it was built. */
const STAMP = 'sources.sha256';

function hashSources(): string {
  const hash = createHash('sha256').update(readFileSync(LOCKFILE));
  const files = globSync('{src/**/*.*,public/*,index.html,package.json,vite.config.ts}', { cwd: CONSOLE });
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(CONSOLE, file)));
  return hash.digest('hex');
}

function readStamp(): string {
  try {
    return readFileSync(join(DIST, STAMP), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** Vite is not there where development packages were left out; a release brings the console built. */
async function loadVite(): Promise<typeof import('vite') | null> {
  try {
    return await import('vite');
  } catch (error) {
    if (systemCode(error) === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
}

const sources = hashSources();
if (readStamp() !== sources) {
  const vite = await loadVite();
  if (vite === null) {
    process.stderr.write('The web console is not built: run "npm install" with development packages.\n');
  } else {
    const startedAt = performance.now();
    // Beside its place, so that nobody is served half of it.
    const built = mkdtempSync(join(CONSOLE, 'dist-'));
    try {
      await vite.build({ root: CONSOLE, logLevel: 'warn', build: { outDir: built, emptyOutDir: true } });
      writeFileSync(join(built, STAMP), sources);
      rmSync(DIST, { recursive: true, force: true });
      renameSync(built, DIST);
    } finally {
      rmSync(built, { recursive: true, force: true });
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stderr.write(`The web console was built in ${seconds} s.\n`);
  }
}
