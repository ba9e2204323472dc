import { constants, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

const mostBytes = 1_048_576;
const { O_RDWR, O_CREAT, O_NOFOLLOW, O_APPEND, O_RDONLY } = constants;

/** One Markdown file. It is changed in place: the sandbox grants the file itself, not the folder it lies in. */
export class NoteFile {
  readonly name: string;
  readonly #path: string;

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  /** Its text; empty when there is none. */
  async read(): Promise<string> {
    try {
      await using file = await open(this.#path, O_RDONLY | O_NOFOLLOW);
      return await this.#text(file);
    } catch (error) {
      if (isMissing(error)) return '';
      throw error;
    }
  }

  /** Adds a line at its end, in one write. */
  async append(line: string): Promise<void> {
    await using file = await open(this.#path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o644);
    const text = await this.#text(file);
    const before = text === '' || text.endsWith('\n') ? '' : '\n';
    const added = `${before}${line}\n`;
    if (Buffer.byteLength(text) + Buffer.byteLength(added) > mostBytes)
      throw new Error(`${this.name} is full (1 MiB). Forget something, or have a person shorten it.`);
    await file.appendFile(added);
    await file.sync();
  }

  /** Takes a line out. A crash in the middle leaves a line twice at the end rather than lose one. */
  async remove(line: string): Promise<void> {
    await using file = await open(this.#path, O_RDWR | O_NOFOLLOW);
    const lines = (await this.#text(file)).split('\n');
    const at = lines.indexOf(line);
    if (at < 0) throw new Error(`${this.name} has changed meanwhile. Recall it again.`);
    const left = Buffer.from(lines.toSpliced(at, 1).join('\n'));
    await file.write(left, 0, left.length, 0);
    await file.truncate(left.length);
    await file.sync();
  }

  async #text(file: FileHandle): Promise<string> {
    const stats: Stats = await file.stat();
    if (!stats.isFile()) throw new Error(`${this.name} is no regular file.`);
    if (stats.size > mostBytes)
      throw new Error(`${this.name} is larger than 1 MiB. Have a person shorten it.`);
    const buffer = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(buffer, 0, stats.size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
