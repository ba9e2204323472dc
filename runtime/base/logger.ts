import { renameSync, statSync } from 'node:fs';
import { destination, pino, type Logger } from 'pino';
import { redactText } from './redact.ts';

export type { Logger } from 'pino';

export interface OpenLog extends AsyncDisposable {
  readonly log: Logger;
  /** The same log for one part of the kernel, which its lines name; it has the level of the whole. */
  part(component: string): Logger;
  /** Hears every line as it is written. Returns the end of it. */
  onLine(listener: (line: string) => void): () => void;
  /** The files, newest first; there may be fewer. */
  readonly files: readonly string[];
}

/** A log larger than this becomes `FILE.1`, in place of the one before: what plugins say cannot fill the disk. In characters. */
const fileLimit = 16 * 1024 * 1024;

/** Lines of so many bytes wait for a disk that takes none; those after them are lost. */
const mostUnwritten = 4 * 1024 * 1024;

/** Opens the kernel's log, a file of JSON lines of mode 0600. Secret-looking text is redacted before it is written. */
export function openLog(file: string): OpenLog {
  const stream = openStream(file);
  const older = `${file}.1`;
  const listeners = new Set<(line: string) => void>();
  // What is there already counts: a kernel that is started often must not add up.
  let written = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const streamWrite = (line: string): string => {
    const redacted = redactText(line);
    written += redacted.length;
    if (written > fileLimit) {
      written = redacted.length;
      renameSync(file, older);
      stream.reopen();
    }
    for (const listener of listeners) listener(redacted);
    return redacted;
  };
  let lines = 0;
  const log = pino({ base: null, hooks: { streamWrite }, mixin: () => ({ n: (lines += 1) }) }, stream);
  const parts: Logger[] = [];
  log.on('level-change', (level: string) => {
    for (const part of parts) if (part.level !== level) part.level = level;
  });
  let closed: Promise<void> | undefined;
  return {
    log,
    files: [file, older],
    part(component) {
      const part = log.child({ component });
      parts.push(part);
      return part;
    },
    onLine(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]() {
      closed ??= new Promise((resolve) => {
        // A closed stream throws: what is still said on the way down is not worth ending badly.
        log.level = 'silent';
        stream.once('close', () => resolve());
        stream.once('error', () => stream.destroy());
        stream.end();
      });
      return closed;
    },
  };
}

/** Whatever is said after a write that failed tries again: a full disk ends no kernel. A file that cannot be opened throws. */
function openStream(file: string) {
  const stream = destination({ dest: file, sync: false, mkdir: true, mode: 0o600, maxLength: mostUnwritten });
  let isOpen = false;
  let isFailing = false;
  stream.once('ready', () => {
    isOpen = true;
  });
  stream.on('error', (error: Error) => {
    if (!isOpen) throw error;
    if (!isFailing) process.stderr.write(`${file} cannot be written: ${error.message}\n`);
    isFailing = true;
  });
  stream.on('write', () => {
    isFailing = false;
  });
  return stream;
}
