import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NexusError } from '../../../base/errors.ts';
import type { PrepareOptions } from '../prepare-options.ts';
import { dependenciesOf, lockFileOf } from './dependencies.ts';
import { describeInstallFailure } from './install-failure.ts';
import { recordFile } from './install-messages.ts';
import type { Installer } from './installer.ts';
import { packageRecordSchema, readRecord, type PackageRecord } from './package-record.ts';

/** The packages a plugin's package.json names, installed beside it. */
export interface InstalledDependencies {
  readonly dir: string;
  /** Makes Node look there for what it finds nowhere else: `--require` it. */
  readonly hook: string;
  readonly record: PackageRecord;
}

const hookFile = 'dependency-hook.cjs';
const hookSource = fileURLToPath(new URL('dependency-hook.cjs', import.meta.url));

/**
 * Packages that folders of plugins depend on and do not bring along, in `data/dependencies/<plugin>/<hash>`: each
 * plugin has its own, and may only read them, so that it cannot change its own code.
 */
export class DependencyStore {
  readonly #dir: string;
  readonly #installer: Installer;

  constructor(dataDir: string, installer: Installer) {
    this.#dir = join(dataDir, 'dependencies');
    this.#installer = installer;
  }

  /** What is installed for the package.json that is in `dir` now. */
  get(plugin: string, dir: string): InstalledDependencies | undefined {
    const folder = join(this.#dir, plugin, hashOf(dir));
    const record = readRecord(packageRecordSchema, join(folder, recordFile));
    return record === undefined ? undefined : { dir: folder, hook: join(folder, hookFile), record };
  }

  /** Installs it, without install scripts; what is there already stays. Throws PACKAGE_INSTALL_FAILED. */
  async install(plugin: string, dir: string, options: PrepareOptions): Promise<InstalledDependencies> {
    const present = this.get(plugin, dir);
    if (present !== undefined) return present;
    const { dependencies } = dependenciesOf(dir);
    checkSpecs(plugin, dependencies);
    const what = `the packages of ${plugin}`;
    const home = join(this.#dir, plugin);
    const folder = join(home, hashOf(dir));
    await this.#installer.inTurn(what, options, async (install) => {
      await this.#sweep(home);
      const staging = await mkdtemp(join(home, '.staging-'));
      try {
        writeFileSync(join(staging, 'package.json'), packageText(dir));
        const lock = lockFileOf(dir);
        if (lock !== undefined) writeFileSync(join(staging, 'package-lock.json'), lock);
        copyFileSync(hookSource, join(staging, hookFile));
        const order = { spec: undefined, name: plugin, registry: undefined, packagesDir: home, staging };
        const report = await install(order);
        if (report.type === 'failed') {
          const told = describeInstallFailure(report, { name: plugin, spec: what });
          const names = Object.keys(dependencies).join(', ');
          throw new NexusError('PACKAGE_INSTALL_FAILED', { plugin, package: names, ...told });
        }
        await chmod(staging, 0o755);
        await rm(folder, { recursive: true, force: true });
        await rename(staging, folder);
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    });
    const installed = this.get(plugin, dir);
    if (installed === undefined) throw new Error(`${what} vanished while they were installed`);
    return installed;
  }

  /** Removes all that was installed for a plugin. */
  async remove(plugin: string): Promise<void> {
    await rm(join(this.#dir, plugin), { recursive: true, force: true });
  }

  async #sweep(home: string): Promise<void> {
    mkdirSync(home, { recursive: true });
    const stale = readdirSync(home).filter((name) => name.startsWith('.staging-'));
    await Promise.all(stale.map((name) => rm(join(home, name), { recursive: true, force: true })));
  }
}

/** What the package.json says of other packages, and nothing else of it: no scripts, no workspaces. */
function packageText(dir: string): string {
  return JSON.stringify({ private: true, ...dependenciesOf(dir) });
}

/** The same for the same dependencies and lock file. */
function hashOf(dir: string): string {
  const hash = createHash('sha256').update(packageText(dir)).update('\0');
  return hash
    .update(lockFileOf(dir) ?? '')
    .digest('hex')
    .slice(0, 32);
}

/** Only packages of a registry: a path would lead somewhere else from here, git would be a child process. */
function checkSpecs(plugin: string, dependencies: Readonly<Record<string, string>>): void {
  for (const [name, spec] of Object.entries(dependencies)) {
    if (spec.startsWith('npm:') || !/[:/]/.test(spec)) continue;
    const problem = `its package.json asks for "${spec}", which is not in a registry`;
    const todo =
      'Install the packages in its folder yourself ("npm install"), or ask its author for a release';
    throw new NexusError('PACKAGE_INSTALL_FAILED', { plugin, package: name, problem, todo });
  }
}
