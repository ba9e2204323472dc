import * as z from 'zod';

/** Why a script gave no result; the first word of the message a model reads. */
export const faultCodeSchema = z.enum([
  'BUSY',
  'CPU_LIMIT',
  'INPUT_TOO_LARGE',
  'MEMORY_LIMIT',
  'NEVER_SETTLED',
  'RESULT_NOT_JSON',
  'RESULT_TOO_LARGE',
  'SCRIPT_CRASHED',
  'SCRIPT_FAILED',
  'START_FAILED',
  'SYNTAX_ERROR',
  'TIME_LIMIT',
]);
export type FaultCode = z.infer<typeof faultCodeSchema>;

const remedies: Readonly<Record<FaultCode, string>> = {
  BUSY: 'Try again when other scripts have ended',
  CPU_LIMIT: 'Do less work at once, or raise "cpuMs"',
  INPUT_TOO_LARGE: 'Pass less, in several calls',
  MEMORY_LIMIT: 'Hold less data at the same time, or raise "memoryMb"',
  NEVER_SETTLED: 'There are no timers and no network here: await only what the script itself settles',
  RESULT_NOT_JSON: 'Return plain objects, arrays, strings, finite numbers, true, false or null',
  RESULT_TOO_LARGE: 'Return a summary or a part of it',
  SCRIPT_CRASHED: 'Avoid giant strings, arrays and number ranges; other scripts were not affected',
  SCRIPT_FAILED: 'Correct the script',
  START_FAILED: 'Try again; if it stays, tell the operator',
  SYNTAX_ERROR:
    'The source is the body of an async function: use "return" and "await", and no "import" or "export"',
  TIME_LIMIT: 'Look for an endless loop, do less work at once, or raise "timeoutMs"',
};

/** An expected failure. The message reads `CODE: what happened. What to do.` and reaches the model as it is. */
export class ScriptFault extends Error {
  override readonly name = 'ScriptFault';
  readonly code: FaultCode;

  /** `details` come after, each on its own line: where it happened, what the script had logged. */
  constructor(code: FaultCode, what: string, details: readonly string[] = []) {
    super([`${code}: ${what.replace(/\.$/, '')}. ${remedies[code]}.`, ...details].join('\n'));
    this.code = code;
  }
}
