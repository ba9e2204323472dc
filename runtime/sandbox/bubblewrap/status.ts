import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What bwrap tells through `--json-status-fd`. */
export interface BubblewrapStatus {
  /** Host process id of the sandbox's init; its end takes the whole tree along. Null when there never was one. */
  readonly initPid: Promise<number | null>;
  /** Whether the plugin itself was reached, known at the end; false when bwrap failed to set the sandbox up. */
  readonly reachedPlugin: Promise<boolean>;
}

/** Follows the status stream: one JSON document per line, "child-pid" first, "exit-code" last. */
export function followStatus(stream: Readable): BubblewrapStatus {
  const initPid = Promise.withResolvers<number | null>();
  let hasExitCode = false;
  const lines = createInterface({ input: stream });
  lines.on('line', (line) => {
    const pid = /"child-pid": (\d+)/.exec(line)?.[1];
    if (pid !== undefined) initPid.resolve(Number(pid));
    if (line.includes('"exit-code"')) hasExitCode = true;
  });
  stream.on('error', () => {});
  const reachedPlugin = once(lines, 'close').then(() => {
    initPid.resolve(null);
    return hasExitCode;
  });
  return { initPid: initPid.promise, reachedPlugin };
}
