/** Why a file operation was refused or failed; the first word of the message a model reads. */
export type FaultCode =
  | 'BINARY_FILE'
  | 'CANCELED'
  | 'CHANGED_MEANWHILE'
  | 'DISK_FULL'
  | 'EXISTS'
  | 'INVALID_ARGUMENT'
  | 'IO_ERROR'
  | 'LINK_LOOP'
  | 'NO_UNIQUE_MATCH'
  | 'NOT_A_FILE'
  | 'NOT_A_FOLDER'
  | 'NOT_EMPTY'
  | 'NOT_FOUND'
  | 'OUTSIDE_WORKSPACE'
  | 'PERMISSION_DENIED'
  | 'PLATFORM_UNSUPPORTED'
  | 'TOO_LARGE'
  | 'WORKSPACE_ROOT';

/** An expected failure. The message reads `CODE: what happened. What to do.` and reaches the model as it is. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly code: FaultCode;

  constructor(code: FaultCode, what: string, todo: string, cause?: unknown) {
    super(`${code}: ${what}. ${todo}.`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** The `code` of a system error (`ENOENT`, …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

type SystemFault = readonly [code: FaultCode, what: (path: string) => string, todo: string];

const notPermitted: SystemFault = [
  'PERMISSION_DENIED',
  (path) => `The operating system does not allow this on "${path}"`,
  'Choose another path, or ask the operator to change its permissions',
];
const full: SystemFault = [
  'DISK_FULL',
  (path) => `There is no space left to write "${path}"`,
  'Nothing was changed; delete something or ask the operator for space',
];

const systemFaults: Readonly<Record<string, SystemFault>> = {
  ENOENT: [
    'NOT_FOUND',
    (path) => `"${path}" does not exist`,
    'Check the spelling with list_dir on the folder above',
  ],
  EEXIST: ['EXISTS', (path) => `"${path}" exists already`, 'Choose another name, or set "overwrite" to true'],
  EACCES: notPermitted,
  EPERM: notPermitted,
  ERR_ACCESS_DENIED: notPermitted,
  EROFS: notPermitted,
  ETXTBSY: notPermitted,
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: full,
  ENOTDIR: ['NOT_A_FOLDER', (path) => `A part of "${path}" is not a folder`, 'Check the path with list_dir'],
  EISDIR: ['NOT_A_FILE', (path) => `"${path}" is a folder`, 'Name a file, or delete the folder first'],
  ENOTEMPTY: [
    'NOT_EMPTY',
    (path) => `"${path}" is a folder with something in it`,
    'Choose another name, or delete the folder first',
  ],
  ENAMETOOLONG: [
    'INVALID_ARGUMENT',
    (path) => `A name in "${path}" is too long`,
    'Use names of at most 255 bytes',
  ],
  EXDEV: [
    'INVALID_ARGUMENT',
    (path) => `"${path}" is on another disk`,
    'Write a copy with write_file and delete the original',
  ],
};

/** Turns a system error into what a model can act on; anything unknown keeps its cause. */
export function asFault(error: unknown, path: string): FileFault {
  if (error instanceof FileFault) return error;
  const code = systemCode(error);
  const known = code === undefined ? undefined : systemFaults[code];
  if (known !== undefined) return new FileFault(known[0], known[1](path), known[2], error);
  return new FileFault(
    'IO_ERROR',
    `"${path}" could not be used (${code ?? (error instanceof Error ? error.name : typeof error)})`,
    'Try again; if it stays, tell the operator',
    error,
  );
}
