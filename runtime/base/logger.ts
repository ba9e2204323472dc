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
  return {
    log,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
      stream.end();
      await closed;
    },
  };
}
