import { join } from 'node:path';
import { BundleStore } from './mcpb/bundle-store.ts';
import { DependencyStore } from './packages/dependency-store.ts';
import { Installer } from './packages/installer.ts';
import { PackageStore } from './packages/package-store.ts';

/** What the kernel keeps of other people's code in its data directory. */
export class SourceStores {
  readonly packages: PackageStore;
  readonly dependencies: DependencyStore;
  readonly bundles: BundleStore;

  constructor(dataDir: string, environment: NodeJS.ProcessEnv) {
    const installer = new Installer(join(dataDir, 'cache', 'npm'), environment);
    this.packages = new PackageStore(dataDir, installer);
    this.dependencies = new DependencyStore(dataDir, installer);
    this.bundles = new BundleStore(dataDir);
  }
}
