import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NexusError } from '../../../base/errors.ts';
import { describeInstallFailure } from './install-failure.ts';
import { packageFolderName, recordFile } from './install-messages.ts';
import type { Install, Installer } from './installer.ts';
import {
  packageRecordSchema,
  pinSchema,
  readRecord,
  type PackageRecord,
  type Pin,
} from './package-record.ts';
import { exactVersion, type NpxCommand } from './npx-command.ts';
import type { PrepareOptions } from '../prepare-options.ts';

/** An installed npm package with all its dependencies. */
export interface InstalledPackage {
  readonly dir: string;
  readonly record: PackageRecord;
}

type Wanted = Pick<NpxCommand, 'spec' | 'name' | 'registry'>;

/**
 * npm packages, each installed once into `<dir>/<name>@<version>` and shared by the plugins that run it:
 * read-only for all of them, and a new version lies beside the old one that may still be running.
 * A folder appears by one rename when it is whole; what a killed kernel leaves behind, and versions that no plugin
 * means any more, are swept when a kernel needs its first package.
 */
export class PackageStore {
  readonly #dir: string;
  readonly #installer: Installer;
  #swept: Promise<void> | undefined;

  constructor(dataDir: string, installer: Installer) {
    this.#dir = join(dataDir, 'packages');
    this.#installer = installer;
  }

  /** The package a plugin runs; installed when it is not there. Throws PACKAGE_INSTALL_FAILED. */
  async get(plugin: string, wanted: Wanted, options: PrepareOptions): Promise<InstalledPackage> {
    // Before anything is taken from the folder: later on, a version that no pin names may still be running.
    await (this.#swept ??= this.#sweep());
    const pinned = this.#pinned(plugin, wanted.spec);
    if (pinned !== undefined) return pinned;
    const version = exactVersion(wanted.spec);
    const present = version === undefined ? undefined : this.#read(packageFolderName(wanted.name, version));
    if (present !== undefined) return this.#pin(plugin, wanted.spec, present);
    const installed = await this.#installer.inTurn(wanted.spec, options, (install) =>
      this.#install(plugin, wanted, install),
    );
    return this.#pin(plugin, wanted.spec, installed);
  }

  /** Forgets what a plugin's package was resolved to: the next `get` asks the registry again. */
  unpin(plugin: string): void {
    rmSync(this.#pinFile(plugin), { force: true });
  }

  async #install(plugin: string, wanted: Wanted, install: Install): Promise<InstalledPackage> {
    const staging = await mkdtemp(join(this.#dir, `.staging-${process.pid}-`));
    try {
      const report = await install({ ...wanted, staging, packagesDir: this.#dir });
      if (report.type === 'failed') {
        const told = describeInstallFailure(report, wanted);
        throw new NexusError('PACKAGE_INSTALL_FAILED', { plugin, package: wanted.spec, ...told });
      }
      // mkdtemp makes folders for one user; the sandbox may run plugins as another.
      await chmod(staging, 0o755);
      if (report.type === 'installed') {
        const folder = join(this.#dir, report.folder);
        // Only one without a sound record can be there: the thread would have said that it is present.
        await rm(folder, { recursive: true, force: true });
        await rename(staging, folder);
      }
      const installed = this.#read(report.folder);
      if (installed === undefined) throw new Error(`${report.folder} vanished while it was installed`);
      return installed;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  #pinned(plugin: string, spec: string): InstalledPackage | undefined {
    const pin = readRecord(pinSchema, this.#pinFile(plugin));
    return pin?.spec === spec ? this.#read(pin.folder) : undefined;
  }

  #pin(plugin: string, spec: string, installed: InstalledPackage): InstalledPackage {
    const { name, version } = installed.record;
    const pin: Pin = { spec, folder: packageFolderName(name, version) };
    writeFileSync(`${this.#pinFile(plugin)}.new`, `${JSON.stringify(pin)}\n`);
    renameSync(`${this.#pinFile(plugin)}.new`, this.#pinFile(plugin));
    return installed;
  }

  #pinFile(plugin: string): string {
    return join(this.#dir, '.pins', `${plugin}.json`);
  }

  #read(folder: string): InstalledPackage | undefined {
    const dir = join(this.#dir, folder);
    const record = readRecord(packageRecordSchema, join(dir, recordFile));
    return record === undefined ? undefined : { dir, record };
  }

  /** Removes what no plugin's pin names, staging folders among it. One kernel uses a data directory at a time. */
  async #sweep(): Promise<void> {
    const pins = join(this.#dir, '.pins');
    mkdirSync(pins, { recursive: true });
    const used = new Set(readdirSync(pins).map((file) => readRecord(pinSchema, join(pins, file))?.folder));
    const stale = readdirSync(this.#dir).filter((name) => name !== '.pins' && !used.has(name));
    await Promise.all(stale.map((name) => rm(join(this.#dir, name), { recursive: true, force: true })));
  }
}
