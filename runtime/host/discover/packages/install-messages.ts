/** What the installing thread is told. */
export interface InstallOrder {
  /** An empty folder to install into; it becomes the package folder. */
  readonly staging: string;
  /** Where finished package folders are, to stop early when this one exists. */
  readonly packagesDir: string;
  /** The package; undefined installs what the package.json that lies in `staging` depends on. */
  readonly spec: string | undefined;
  readonly name: string;
  readonly registry: string | undefined;
  readonly cacheDir: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** What the installing thread says. It ends after `installed`, `present` or `failed`. */
export type InstallReport =
  | {
      readonly type: 'progress';
      readonly phase: 'resolving' | 'downloading';
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: 'installed' | 'present'; readonly folder: string }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly registry: string };

/** Name of the record in a package folder. */
export const recordFile = 'nexus-package.json';

/** Name of the folder of a package, below `packagesDir`. The version is the registry's word: it must not name a path. */
export function packageFolderName(name: string, version: string): string {
  if (!/^[0-9][\w.+-]*$/.test(version)) throw new Error(`the registry gives it the version "${version}"`);
  return `${name.replace('/', '+')}@${version}`;
}
