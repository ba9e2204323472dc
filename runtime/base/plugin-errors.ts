import type { CatalogueEntry } from './catalogue-entry.ts';

/** Errors about manifests, plugins, imports and consent: a part of the catalogue. */
export const pluginErrors = {
  // manifests and plugins
  MANIFEST_INVALID: { status: 422, what: '{file}: {key}: {problem}', hint: '{todo}' },
  PLUGIN_INVALID: { status: 422, what: '{file}: {key}: {problem}', hint: '{todo}' },
  PLUGIN_UNKNOWN: { status: 404, what: 'There is no plugin named "{plugin}"', hint: '{todo}' },
  BUNDLE_INVALID: { status: 422, what: 'The bundle {file} is refused: {problem}', hint: '{todo}' },
  COMMAND_MISSING: {
    status: 424,
    what: 'The command "{command}" of plugin "{plugin}" is not on this machine',
    hint: '{todo}',
  },
  COMMAND_UNSUPPORTED: {
    status: 422,
    what: 'Plugin "{plugin}" starts with "{command}": {problem}',
    hint: '{todo}',
  },
  PACKAGE_INSTALL_FAILED: {
    status: 424,
    what: 'Package {package} of plugin "{plugin}" could not be installed: {problem}',
    hint: '{todo}',
  },
  PLUGIN_START_FAILED: { status: 503, what: 'Plugin "{plugin}" did not start: {problem}', hint: '{todo}' },
  PLUGIN_CRASHED: {
    status: 502,
    what: 'Plugin "{plugin}" ended unasked ({how}). Its last words: {lastWords}',
    hint: 'See "nexus plugin logs {plugin}"; a program that starts others needs "exec": true under permissions',
  },
  PLUGIN_UNAVAILABLE: { status: 503, what: 'Plugin "{plugin}" is {state}: {reason}', hint: '{todo}' },
  PLUGIN_BUSY: {
    status: 429,
    what: 'Plugin "{plugin}" already has {limit} calls running and {queued} waiting',
    hint: 'Try again, or raise limits.concurrency in its manifest',
  },
  CHECK_TIMED_OUT: {
    status: 504,
    what: 'Plugin "{plugin}" did not answer its health check within {timeoutMs} ms',
    hint: 'Raise health.timeoutMs in its manifest if it needs longer',
  },
  PLUGIN_STUCK: {
    status: 503,
    what: 'Plugin "{plugin}" does not read its input: {unread} bytes wait for it',
    hint: 'Restart it with "nexus plugin restart {plugin}"',
  },

  REMOTE_REFUSED: {
    status: 502,
    what: 'The remote server of plugin "{plugin}" did not take the request: {problem}',
    hint: 'Check that the server is up, and source.url and source.headers in its manifest',
  },
  REMOTE_LOST: {
    status: 502,
    what: 'The remote server of plugin "{plugin}" took the request, but its answer is lost: {problem}',
    hint: 'Check on its side what was done before asking again',
  },

  PLUGIN_EXISTS: {
    status: 409,
    what: 'There is already a plugin named "{plugin}" ({file})',
    hint: 'Choose another name, or change that file',
  },
  PLUGIN_DIFFERS: {
    status: 409,
    what: 'There is already a plugin named "{plugin}", and it is not the same: {differences}',
    hint: 'Run it again with --update to change it, or with --name to add another one',
  },
  IMPORT_INVALID: { status: 422, what: 'Nothing can be imported from {source}: {problem}', hint: '{todo}' },
  DOWNLOAD_FAILED: { status: 502, what: '{url} could not be fetched: {problem}', hint: '{todo}' },

  // consent
  PLUGIN_NOT_HELD: {
    status: 409,
    what: 'Nothing of plugin "{plugin}" waits for approval',
    hint: 'See "nexus plugin health {plugin}"',
  },
  TOOL_NOT_HELD: {
    status: 409,
    what: 'Tool "{tool}" of plugin "{plugin}" does not wait for approval',
    hint: '{todo}',
  },
  TOOL_HELD: {
    status: 403,
    what: 'Tool "{tool}" of plugin "{plugin}" waits for approval: {reason}',
    hint: 'Look at the change and agree to it with "nexus plugin approve {plugin}"',
  },
  CONSENT_STALE: {
    status: 409,
    what: 'What waits for approval of plugin "{plugin}" is not what was shown any more',
    hint: 'Look at it again with "nexus plugin approve {plugin}"',
  },
  LOCK_INVALID: { status: 422, what: '{file} {problem}, so nothing new is started', hint: '{todo}' },
  LOCK_UNWRITABLE: {
    status: 503,
    what: 'What was agreed to cannot be written to {file}: {problem}',
    hint: 'Make the manifests folder writable for the kernel, or put a lock file there that has the entry',
  },
} as const satisfies Record<string, CatalogueEntry>;
