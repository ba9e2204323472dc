import { destination, pino, type Logger } from 'pino';
import { redactText } from './redact.ts';

export type { Logger } from 'pino';

export interface OpenLog extends AsyncDisposable {
  readonly log: Logger;
}

/** Opens the kernel's log, a file of JSON lines of mode 0600. Secret-looking text is redacted before it is written. */
export function openLog(file: string): OpenLog {
  const stream = destination({ dest: file, sync: false, mkdir: true, mode: 0o600 });
  const log = pino({ base: null, hooks: { streamWrite: redactText } }, stream);
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
