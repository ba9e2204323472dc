import type { CatalogueEntry } from './catalogue-entry.ts';

/** Errors of those who ask to be let in, and of what the console sends. Part of the catalogue. */
export const accessErrors = {
  UNAUTHORIZED: {
    status: 401,
    what: 'The request shows no valid token and no open session',
    hint: 'Send "Authorization: Bearer <token>"; the token is in the "token" file of the data directory. To open the console run "nexus login"',
  },
  SCOPE_MISSING: {
    status: 403,
    what: 'The token "{token}" may not do this: it needs the scope {scope}',
    hint: 'Make a token with that scope, or use the one in the data directory',
  },
  CSRF_REFUSED: {
    status: 403,
    what: 'The request comes with a session but {problem}',
    hint: 'Open the console at the URL the kernel printed, or use a token',
  },
  LOGIN_LINK_INVALID: {
    status: 401,
    what: 'This link was used already, is older than ten minutes, or was never one',
    hint: 'Run "nexus login" for a new one',
  },
  PASSWORD_WRONG: {
    status: 401,
    what: 'The password is wrong',
    hint: 'Forgotten? "nexus login" prints a link',
  },
  PASSWORD_NOT_SET: {
    status: 409,
    what: 'No password was set',
    hint: 'Run "nexus login" and open the link it prints',
  },
  PASSWORD_NEEDED: {
    status: 403,
    what: 'The password of now is needed to set another',
    hint: 'Send it as "current". Forgotten? Run "nexus login", open the link, and set one within ten minutes',
  },
  LOGIN_LIMITED: {
    status: 429,
    what: 'There were too many attempts; the next one counts in {retryAfterS} s',
    hint: 'Wait, or run "nexus login": the link it prints always works',
  },
  TOKEN_UNKNOWN: { status: 404, what: 'There is no API token "{token}"', hint: 'Ask for the list of tokens' },
  TOKEN_LIMIT: { status: 409, what: 'There are {limit} API tokens already', hint: 'Delete one first' },
  STREAMS_BUSY: {
    status: 503,
    what: 'There are {limit} event streams open already',
    hint: 'Close some; all tabs of a browser can share one',
  },
  FILE_UNKNOWN: { status: 404, what: 'There is no file "{name}"', hint: 'Ask for the list of files' },
  FILES_REFUSED: {
    status: 409,
    what: 'The file cannot be kept: {problem}',
    hint: 'Look at the folder uploads of the workspace',
  },
  SESSION_UNKNOWN: {
    status: 404,
    what: 'There is no open session "{session}"',
    hint: 'Ask for the list of sessions',
  },
} as const satisfies Record<string, CatalogueEntry>;
