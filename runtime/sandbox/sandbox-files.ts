import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFilter, type FilterOptions } from './seccomp/filter.ts';

/** The few files of /etc a plugin sees: programs look up their user and "localhost" there. */
const ETC: Readonly<Record<string, string>> = {
  hosts: '127.0.0.1 localhost plugin\n::1 localhost\n',
  passwd: `plugin:x:${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}:plugin:/tmp:/bin/sh\n`,
  group: `plugin:x:${process.getgid?.() ?? 0}:\n`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

/** Names of the files of `etcDir`. */
export const ETC_FILES: readonly string[] = Object.keys(ETC);

/** Files the launchers need, each written once and only when it is needed. */
export class SandboxFiles {
  readonly #directory: string;
  readonly #filters = new Map<string, Promise<string>>();
  #etcDir: Promise<string> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The folder with what a plugin sees as /etc. */
  etcDir(): Promise<string> {
    this.#etcDir ??= this.#writeEtc();
    return this.#etcDir;
  }

  /** A file with the seccomp filter for `options`. */
  filter(options: FilterOptions): Promise<string> {
    const name = `${Object.entries(options).map(String).join('.').replaceAll(',', '-')}.bpf`;
    const known = this.#filters.get(name);
    if (known !== undefined) return known;
    const path = this.#write(join(this.#directory, 'filters'), name, buildFilter(options));
    this.#filters.set(name, path);
    // The next launch tries again.
    path.catch(() => this.#filters.delete(name));
    return path;
  }

  /** A new folder for the temporary files of one process; its owner removes it. */
  async temporaryDir(plugin: string): Promise<AsyncDisposable & { readonly path: string }> {
    const parent = join(this.#directory, 'tmp');
    await mkdir(parent, { recursive: true, mode: 0o700 });
    const path = await mkdtemp(join(parent, `${plugin}-`));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
  }

  async #writeEtc(): Promise<string> {
    const directory = join(this.#directory, 'etc');
    await Promise.all(Object.entries(ETC).map(([name, text]) => this.#write(directory, name, text)));
    return directory;
  }

  /** Never half a file: a plugin that starts at the same time may be reading the old one. */
  async #write(directory: string, name: string, content: string | Buffer): Promise<string> {
    const path = join(directory, name);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
    return path;
  }
}
