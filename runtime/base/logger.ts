import { renameSync } from 'node:fs';
import { destination, pino, type Logger } from 'pino';
import { redactText } from './redact.ts';

export type { Logger } from 'pino';

export interface OpenLog extends AsyncDisposable {
  readonly log: Logger;
}

/** A log larger than this becomes `FILE.1`, in place of the one before: what plugins say cannot fill the disk. In characters. */
const fileLimit = 16 * 1024 * 1024;

/** Opens the kernel's log, a file of JSON lines of mode 0600. Secret-looking text is redacted before it is written. */
export function openLog(file: string): OpenLog {
  const stream = destination({ dest: file, sync: false, mkdir: true, mode: 0o600 });
  let written = 0;
  const streamWrite = (line: string): string => {
    const redacted = redactText(line);
    written += redacted.length;
    if (written > fileLimit) {
      written = 0;
      renameSync(file, `${file}.1`);
      stream.reopen();
    }
    return redacted;
  };
  const log = pino({ base: null, hooks: { streamWrite } }, stream);
  let closed: Promise<void> | undefined;
  return {
    log,
    [Symbol.asyncDispose]() {
      closed ??= new Promise((resolve) => {
        // A closed stream throws: what is still said on the way down is not worth ending badly.
        log.level = 'silent';
        stream.once('close', () => resolve());
        stream.end();
      });
      return closed;
    },
  };
}
