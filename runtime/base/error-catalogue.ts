import type { CatalogueEntry } from './catalogue-entry.ts';
import { accessErrors } from './access-errors.ts';
import { agentErrors } from './agent-errors.ts';
import { personaErrors } from './persona-errors.ts';
import { pluginErrors } from './plugin-errors.ts';
import { workErrors } from './work-errors.ts';

/** Every error the project raises on purpose, sorted by area. `docs/errors.md` is generated from it. */
export const catalogue = {
  // usage and boot
  USAGE: { status: 400, what: '{problem}', hint: 'Run "nexus --help" for the commands and their options' },
  CONFIG_INVALID: { status: 500, what: '{option} is {value}, which is not {expected}', hint: '{todo}' },

  ...pluginErrors,

  // settings
  SETTING_UNKNOWN: { status: 404, what: 'There is no setting named "{key}"', hint: '{todo}' },
  SETTING_INVALID: {
    status: 422,
    what: 'Setting {key} {problem}',
    hint: 'See "nexus settings get {key}" for what it takes',
  },
  SETTING_STALE: {
    status: 409,
    what: 'Setting {key} {change}: it has version {version} now, not {expected}',
    hint: 'Read it again and decide anew',
  },
  SETTING_UNREADABLE: {
    status: 503,
    what: 'The secret settings {keys} cannot be decrypted: {problem}',
    hint: 'Put back the master key they were encrypted with and restart, or set them again',
  },
  SETTING_MISSING: { status: 424, what: 'Plugin "{plugin}" needs {settings}', hint: '{todo}' },
  SETTINGS_FILE_INVALID: {
    status: 422,
    what: 'The file of settings cannot be used: {problem}',
    hint: '{todo}',
  },
  SECRETS_KEY_INVALID: { status: 500, what: 'The master key {file} {problem}', hint: '{todo}' },

  // sandbox
  ISOLATION_UNAVAILABLE: {
    status: 503,
    what: 'Plugin "{plugin}" asks for isolation "{wanted}", but this machine can only enforce "{available}": {reason}',
    hint: '{todo}',
  },
  PERMISSION_REFUSED: {
    status: 422,
    what: 'Plugin "{plugin}" may not be granted {permission}: {problem}',
    hint: '{todo}',
  },
  SANDBOX_LAUNCH_FAILED: {
    status: 503,
    what: 'The sandbox of plugin "{plugin}" did not start: {problem}',
    hint: '{todo}',
  },

  // egress
  EGRESS_DENIED: {
    status: 403,
    what: 'Plugin "{plugin}" may not connect to {host}:{port}: {reason}',
    hint: '{todo}',
  },
  EGRESS_UNREACHABLE: {
    status: 502,
    what: 'Plugin "{plugin}" cannot reach {host}:{port}: {problem}',
    hint: '',
  },
  EGRESS_BUSY: {
    status: 503,
    what: 'Plugin "{plugin}" already has {limit} connections open',
    hint: 'Close one before opening another',
  },
  EGRESS_INVALID: {
    status: 400,
    what: 'The egress proxy of plugin "{plugin}" does not understand the request: {problem}',
    hint: '',
  },

  // tool runs
  TOOL_UNKNOWN: { status: 404, what: 'There is no tool named "{tool}"', hint: '{todo}' },
  TOOL_NAME_TAKEN: {
    status: 409,
    what: 'Tool "{tool}" of plugin "{plugin}" has the same public name as one of plugin "{owner}"',
    hint: 'Give one of the two manifests another "prefix"',
  },
  TOOL_SCHEMA_REFUSED: {
    status: 422,
    what: 'The input schema of tool "{tool}" is refused: {problem}',
    hint: 'Ask the author of the plugin to simplify the schema',
  },
  ARGUMENTS_INVALID: {
    status: 400,
    what: 'The arguments do not fit tool "{tool}": {problem}',
    hint: 'Send arguments that fit its input schema',
  },
  ARGUMENTS_SECRET: {
    status: 422,
    what: 'The arguments for tool "{tool}" hold the value of a secret setting, or what stands for one: they would be kept in clear, or run as they stand',
    hint: 'Leave it out, since a plugin takes secrets from its own settings, or allow the call unedited',
  },
  COMMAND_UNKNOWN: { status: 404, what: 'There is no command "{command}"', hint: '{todo}' },
  COMMAND_INVALID: {
    status: 400,
    what: 'The command "{command}" cannot be run: {problem}',
    hint: 'Usage: {usage}',
  },
  RUN_TIMED_OUT: {
    status: 504,
    what: 'Tool "{tool}" did not answer within {timeoutMs} ms',
    hint: 'Raise limits.timeoutMs in the manifest of plugin "{plugin}" if it needs longer',
  },
  RUN_CANCELED: { status: 499, what: 'The call of tool "{tool}" was canceled: {reason}', hint: '' },
  RUN_DENIED: { status: 403, what: 'The call of tool "{tool}" is not permitted: {reason}', hint: '{todo}' },
  RUN_UNKNOWN: {
    status: 404,
    what: 'There is no tool run {id}',
    hint: 'Run "nexus runs --json" for the ids',
  },
  CALL_REFUSED: { status: 502, what: 'Tool "{tool}" refused the call: {problem} ({code})', hint: '' },
  OUTPUT_TOO_DEEP: {
    status: 502,
    what: 'Plugin "{plugin}" sent a message nested deeper than {limit} levels',
    hint: 'Ask its author to send flatter data',
  },
  OUTPUT_TOO_LARGE: {
    status: 502,
    what: 'Plugin "{plugin}" sent a message of more than {limit} bytes',
    hint: 'Raise limits.outputBytes in its manifest if such answers are expected',
  },

  // store
  STORE_CORRUPT: { status: 500, what: 'The database {file} is damaged: {problem}', hint: '{todo}' },
  STORE_REFUSED: { status: 500, what: 'The database {file} is not used: {problem}', hint: '{todo}' },
  STORE_WRITE_FAILED: {
    status: 503,
    what: 'A record could not be written to {file}: {problem}',
    hint: 'Check the free space and the permissions of the data directory',
  },
  TENANT_UNKNOWN: { status: 404, what: 'There is no tenant named "{tenant}"', hint: '' },
  RUN_STATE: { status: 409, what: 'Tool run {id} is {state}, so it cannot become {wanted}', hint: '' },
  STORE_CLOSED: {
    status: 503,
    what: 'The database is closed',
    hint: 'The kernel is stopping; try again when it is up',
  },

  // edges
  REQUEST_INVALID: {
    status: 400,
    what: 'The request does not fit: {problem}',
    hint: 'See /api/openapi.json',
  },
  REQUEST_TOO_LARGE: { status: 413, what: 'The request is larger than {limit} bytes', hint: 'Send less' },
  ROUTE_UNKNOWN: {
    status: 404,
    what: 'There is nothing at {method} {path}',
    hint: 'See /api/openapi.json for what there is',
  },
  ...accessErrors,
  ORIGIN_REFUSED: {
    status: 403,
    what: 'The {header} header "{value}" is not one this kernel answers to',
    hint: 'Use the URL the kernel printed at its start',
  },
  KERNEL_UNREACHABLE: {
    status: 503,
    what: 'No kernel answers for the data directory {data}: {problem}',
    hint: 'Start one with "nexus start"',
  },
  KERNEL_ANSWER: { status: 502, what: 'The kernel answered: {problem}', hint: '{todo}' },
  KERNEL_GONE: {
    status: 503,
    what: 'The kernel ended before it answered',
    hint: '"nexus runs" shows what became of the call',
  },
  KERNEL_RUNNING: {
    status: 409,
    what: 'A kernel with process id {pid} already uses the data directory {data}',
    hint: 'Stop it, or start with another --data',
  },
  ADDRESS_IN_USE: {
    status: 409,
    what: 'Address {host}:{port} is in use',
    hint: 'Start with another --port, or with --port 0 for any free one',
  },

  KERNEL_STOPPING: { status: 503, what: 'The kernel is stopping', hint: 'The next kernel goes on from here' },

  ...agentErrors,
  ...workErrors,
  ...personaErrors,
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
