import { open, type FileHandle } from 'node:fs/promises';
import type { OpenLog } from '../base/logger.ts';
import { systemCode } from '../base/errors.ts';
import type { LogEntry, LogFilter, LogPage, LogQuery, Logs } from '../contract/logs.ts';
import { linesBackwards } from './backwards.ts';
import { lineFilter } from './log-entry.ts';

/** Of a log that has nothing of what is looked for, so much is read for one page; the next one goes on. In bytes. */
const mostReadBytes = 8 * 1024 * 1024;

/** Reads the log where it is written: in its files, and as it passes by. */
export class LogFiles implements Logs {
  readonly #log: Pick<OpenLog, 'files' | 'onLine'>;

  constructor(log: Pick<OpenLog, 'files' | 'onLine'>) {
    this.#log = log;
  }

  async page({ before, limit, ...filter }: LogQuery): Promise<LogPage> {
    const [wanted, offset] = before?.split('.').map(Number) ?? [];
    const fits = lineFilter(filter);
    const entries: LogEntry[] = [];
    let read = 0;
    await using stack = new AsyncDisposableStack();
    const files = await this.#open(stack);
    // A file keeps its number when it gets another name; the page that began in it goes on in it.
    const first = wanted === undefined ? 0 : files.findIndex(({ number }) => number === wanted);
    for (const { handle, size, number } of first === -1 ? [] : files.slice(first)) {
      const end = number === wanted ? Math.min(offset ?? 0, size) : size;
      for await (const { line, start } of linesBackwards(handle, end)) {
        const place = `${number}.${start}`;
        const entry = fits(line, place);
        if (entry !== null) entries.push(entry);
        read += line.length;
        if (entries.length === limit || read > mostReadBytes) return { entries, next: place };
      }
    }
    return { entries, next: null };
  }

  follow(filter: LogFilter, listener: (entry: LogEntry) => void): () => void {
    const fits = lineFilter(filter);
    return this.#log.onLine((line) => {
      const entry = fits(line.trimEnd(), '');
      if (entry !== null) listener(entry);
    });
  }

  async *text(): AsyncGenerator<Uint8Array> {
    await using stack = new AsyncDisposableStack();
    for (const { handle, size } of (await this.#open(stack)).toReversed()) {
      if (size === 0) continue;
      yield* handle.createReadStream({ start: 0, end: size - 1, autoClose: false });
    }
  }

  /** The files there are, newest first. */
  async #open(
    stack: AsyncDisposableStack,
  ): Promise<{ readonly handle: FileHandle; readonly size: number; readonly number: number }[]> {
    const opened = [];
    for (const file of this.#log.files) {
      try {
        const handle = stack.use(await open(file, 'r'));
        const { size, ino: number } = await handle.stat();
        opened.push({ handle, size, number });
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
    return opened;
  }
}
