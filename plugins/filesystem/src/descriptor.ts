import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { FileFault, systemCode } from './faults.ts';

/** Linux's O_PATH, which Node does not export: 0o10000000 on x86-64 and arm64 (asm-generic/fcntl.h). */
const O_PATH = 0o10000000;

export type Kind = 'file' | 'folder' | 'link' | 'other';

/** An open file descriptor that is closed once, by `using` or by its owner. */
export class Descriptor implements Disposable {
  readonly fd: number;
  #isOpen = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * A path that always means exactly what this descriptor holds, whatever happens to names meanwhile
   * (proc_pid_fd(5)): opening it is Node's stand-in for the `*at` system calls.
   */
  get self(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** The path of a direct child of this folder; a name can never lead anywhere else. */
  child(name: string): string {
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
      throw new TypeError(`not the name of a folder entry: ${JSON.stringify(name)}`);
    }
    return `${this.self}/${name}`;
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.fd);
  }
}

/** Holds one file, folder or link itself (O_PATH: nothing is opened for reading, no device or pipe is woken). */
export class Pin extends Descriptor {
  /** What it was at the moment of pinning; the kind of an inode never changes. */
  readonly stats: Stats;

  constructor(fd: number) {
    super(fd);
    try {
      this.stats = fstatSync(fd);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get kind(): Kind {
    if (this.stats.isFile()) return 'file';
    if (this.stats.isDirectory()) return 'folder';
    return this.stats.isSymbolicLink() ? 'link' : 'other';
  }
}

/** Pins a direct child without following it when it is a link; undefined when there is no such name. */
export function pin(folder: Descriptor, name: string): Pin | undefined {
  try {
    return new Pin(openSync(folder.child(name), O_PATH | constants.O_NOFOLLOW));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Pins a direct child that is a real folder at this moment; undefined when it is anything else. */
export function pinFolder(folder: Descriptor, name: string): Pin | undefined {
  const found = pin(folder, name);
  if (found === undefined || found.kind === 'folder') return found;
  found[Symbol.dispose]();
  return undefined;
}

/** Pins a folder by its path, following links: only for the workspace itself, at start. */
export function pinPath(path: string): Pin {
  return new Pin(openSync(path, O_PATH | constants.O_DIRECTORY));
}

/**
 * Opens a pinned regular file for reading. Pipes, sockets and devices are refused before anything is opened,
 * so a pipe without a writer cannot stall the process.
 */
export function openForReading(found: Pin, path: string): Descriptor {
  if (found.kind === 'folder') {
    throw new FileFault('NOT_A_FILE', `"${path}" is a folder`, 'Use list_dir or grep_search on it');
  }
  if (found.kind !== 'file') {
    throw new FileFault(
      'NOT_A_FILE',
      `"${path}" is a pipe, a socket or a device`,
      'Only regular files can be used',
    );
  }
  return new Descriptor(openSync(found.self, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY));
}

/** Makes a changed folder durable, as far as its file system can (a folder that may not be read is left out). */
export async function syncFolder(folder: Descriptor): Promise<void> {
  try {
    await using readable = await open(folder.self, constants.O_RDONLY | constants.O_DIRECTORY);
    await readable.sync();
  } catch (error) {
    if (!['EACCES', 'EINVAL', 'EROFS'].includes(systemCode(error) ?? '')) throw error;
  }
}
