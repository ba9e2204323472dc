import { constants } from 'node:fs';
import { mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { NexusError, systemCode } from '../../../base/errors.ts';
import type { UploadedFile } from '../../../contract/files.ts';
import { cleanName, numberedName } from './clean-name.ts';

const { O_CREAT, O_EXCL, O_WRONLY, O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const folderName = 'uploads';
/** Files of one name. */
const mostOfName = 1_000;
/** The list is for people. */
const mostListed = 1_000;

/**
 * The files people give to the assistant: a folder of the workspace. Plugins may write there, so nothing in it is
 * trusted: no link is followed, neither the folder itself nor a name in it, and every name is looked up in the folder
 * that was opened, wherever that has been moved meanwhile.
 */
export class UploadFolder {
  readonly #dir: string;

  constructor(workspaceDir: string) {
    this.#dir = join(workspaceDir, folderName);
  }

  /** Keeps a file, under another name when there is one of its name. Throws FILES_REFUSED. */
  async save(given: string, content: Uint8Array): Promise<UploadedFile> {
    await using folder = await this.#open();
    const name = cleanName(given);
    for (let number = 1; number <= mostOfName; number += 1) {
      const free = numberedName(name, number);
      try {
        await using file = await open(at(folder, free), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
        await file.writeFile(content);
        const { size, mtimeMs } = await file.stat();
        return { name: free, path: `${folderName}/${free}`, size, at: Math.round(mtimeMs) };
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
    }
    throw new NexusError('FILES_REFUSED', { problem: `there are ${mostOfName} files named "${name}"` });
  }

  /** Opens a file to be read; the caller closes it. Throws FILE_UNKNOWN, also for what is no plain file. */
  async read(name: string): Promise<{ readonly file: FileHandle; readonly size: number }> {
    await using folder = await this.#open();
    await using stack = new AsyncDisposableStack();
    const file = stack.use(await this.#find(folder, name));
    const stats = await file.stat();
    if (!stats.isFile()) throw new NexusError('FILE_UNKNOWN', { name });
    stack.move();
    return { file, size: stats.size };
  }

  /** The latest first. */
  async list(): Promise<UploadedFile[]> {
    await using folder = await this.#open();
    const files: UploadedFile[] = [];
    for (const entry of await readdir(at(folder, '.'), { withFileTypes: true })) {
      if (!entry.isFile() || files.length >= mostListed || cleanName(entry.name) !== entry.name) continue;
      await using file = await this.#find(folder, entry.name);
      const { size, mtimeMs } = await file.stat();
      const { name } = entry;
      files.push({ name, path: `${folderName}/${name}`, size, at: Math.round(mtimeMs) });
    }
    return files.sort((a, b) => b.at - a.at);
  }

  /** Throws FILE_UNKNOWN. */
  async remove(name: string): Promise<void> {
    await using folder = await this.#open();
    const { file } = await this.read(name);
    await file.close();
    await unlink(at(folder, name));
  }

  async #find(folder: FileHandle, name: string): Promise<FileHandle> {
    const unknown = new NexusError('FILE_UNKNOWN', { name });
    if (cleanName(name) !== name) throw unknown;
    try {
      // Without O_NONBLOCK a pipe that somebody put there would be waited for.
      return await open(at(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (['ENOENT', 'ELOOP', 'ENXIO'].includes(systemCode(error) ?? '')) throw unknown;
      throw error;
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      await mkdir(this.#dir, { mode: 0o700 });
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    try {
      return await open(this.#dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      const isForeign = ['ELOOP', 'ENOTDIR'].includes(systemCode(error) ?? '');
      if (!isForeign) throw error;
      throw new NexusError('FILES_REFUSED', { problem: `${this.#dir} is a link or no folder` }, error);
    }
  }
}

/** A name in the folder that is open, and in no other. */
function at(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}
