export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** Writes to the plugin's log. Secrets are left out. */
export interface Log {
  readonly debug: (text: string) => void;
  readonly info: (text: string) => void;
  readonly warning: (text: string) => void;
  readonly error: (text: string) => void;
}

/** A log that gives every line to `write`, secrets left out. Shorter secrets would blot out half of the text. */
export function createLog(
  secretTexts: readonly string[],
  write: (level: LogLevel, text: string) => void,
): Log {
  const hidden = secretTexts.filter((secret) => secret.length >= 4);
  const at = (level: LogLevel) => (text: string) => {
    write(
      level,
      hidden.reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text),
    );
  };
  return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') };
}

/** The operator's log: what a plugin writes to stderr. */
export function writeToStderr(level: LogLevel, text: string): void {
  process.stderr.write(`${level}: ${text}\n`);
}
