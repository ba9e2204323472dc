import { basename } from 'node:path';
import { Burst } from './base/burst.ts';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { Config } from './config.ts';
import type { Consent } from './contract/consent.ts';
import type { Settings } from './contract/settings.ts';
import type { Host } from './host/host.ts';
import { lockFileName } from './host/consent/lock-file.ts';
import { LockedConsent } from './host/consent/locked-consent.ts';
import { shownSettings } from './host/plugin-settings.ts';
import { pluginDataDirOf } from './host/discover/index.ts';
import { watchPaths, type PathWatch } from './host/discover/watch-paths.ts';
import type { Store } from './store/open.ts';

/** An edit of the lock file counts after this quiet time, at the latest after the second figure, in milliseconds. */
const afterEdit = { quietMs: 50, longestWaitMs: 500 };

/** The consent that is pinned beside the manifests; `host` says what a plugin is at the moment; it is asked for later. */
export function openConsent(
  { manifestsDir, workspaceDir, dataDir }: Config,
  store: Store,
  settings: Pick<Settings, 'view'>,
  log: Logger,
  host: () => Pick<Host, 'subject' | 'view'>,
): Consent {
  return new LockedConsent({
    manifestsDir,
    log: store.approvals,
    clock: systemClock,
    places: (manifest) => ({
      manifestsDir,
      workspaceDir,
      pluginDataDir: pluginDataDirOf(dataDir, manifest.name),
      settings: shownSettings(manifest, (key) => settings.view(key), workspaceDir),
    }),
    subject: (plugin) => host().subject(plugin),
    manifest: (plugin) => host().view(plugin)?.manifest,
    onProblem: (text) => {
      log.error(text);
      process.stderr.write(`${text}\n`);
    },
  });
}

/** Follows edits of the lock file until disposed. */
export function watchLock({ manifestsDir }: Config, consent: Consent, log: Logger): PathWatch {
  const burst = new Burst(afterEdit, async () => consent.look());
  const watch = watchPaths([manifestsDir], {
    depth: 0,
    isIgnored: (path, isFile) => isFile === true && basename(path) !== lockFileName,
    onEvent: () => burst.note(),
    onError: (error) => log.error({ err: error }, 'watching the lock file failed'),
  });
  return {
    ready: watch.ready,
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      burst.cancel();
      await burst.over();
    },
  };
}
