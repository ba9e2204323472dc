import { join } from 'node:path';
import { accessSettings } from './access/definitions.ts';
import { LiveAccess } from './access/live-access.ts';
import { systemClock } from './base/clock.ts';
import type { NewId } from './base/ids.ts';
import type { Logger, OpenLog } from './base/logger.ts';
import type { Config } from './config.ts';
import type { Access } from './contract/access.ts';
import type { Changes } from './contract/changes.ts';
import type { ConsoleApp } from './contract/console.ts';
import type { Logs } from './contract/logs.ts';
import type { PluginHost } from './contract/plugins.ts';
import type { Settings } from './contract/settings.ts';
import { logPlugins } from './kernel-plugin-log.ts';
import { followChanges } from './kernel-changes.ts';
import type { ConsoleBuilder } from './kernel-console.ts';
import { LogFiles } from './logs/log-files.ts';
import { readOrCreateKey } from './settings/key-file.ts';
import type { Store } from './store/open.ts';

interface DoorParts {
  readonly store: Pick<Store, 'access'>;
  readonly settings: Settings;
  readonly host: PluginHost;
  readonly changes: Changes;
  readonly newId: NewId;
  readonly log: OpenLog;
  readonly stack: AsyncDisposableStack;
}

/** Who comes in, and what those find there. */
interface Door {
  readonly access: Access;
  readonly console: ConsoleApp;
  readonly logs: Logs;
  readonly token: string;
  readonly stateKey: Uint8Array;
}

/** Reads the keys of the data directory, or makes them, and puts together who decides about who comes in. */
export function openDoor(config: Config, parts: DoorParts): Door {
  const { store, settings, host, changes, newId, log, stack } = parts;
  stack.use(followChanges(host, settings, changes));
  stack.use(logPlugins(host, log.part('host')));
  settings.define('kernel.access', accessSettings);
  const token = readOrCreateKey(join(config.dataDir, 'token'));
  const stateKey = Buffer.from(readOrCreateKey(join(config.dataDir, 'state.key')));
  const access = new LiveAccess({
    records: store.access,
    settings,
    clock: systemClock,
    newId,
    key: token,
    sealKey: stateKey,
    log: log.part('access'),
  });
  const console = lazyConsole(config, log.part('console'), stack);
  return { access, console, logs: new LogFiles(log), token, stateKey };
}

/** What builds the console is loaded when somebody first looks at it. */
function lazyConsole({ consoleDir }: Config, log: Logger, stack: AsyncDisposableStack): ConsoleApp {
  let loading: Promise<ConsoleBuilder> | undefined;
  stack.defer(async () => {
    await (await loading)?.[Symbol.asyncDispose]();
  });
  const load = async (): Promise<ConsoleBuilder> => {
    const { ConsoleBuilder: Builder } = await import('./kernel-console.ts');
    return new Builder({ dir: consoleDir, log });
  };
  return {
    look: async () => {
      loading ??= load();
      return (await loading).look();
    },
  };
}
