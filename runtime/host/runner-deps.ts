import type { Clock } from '../base/clock.ts';
import type { Consent } from '../contract/consent.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { PluginEvent } from '../contract/plugins.ts';
import type { Sandbox } from '../contract/sandbox.ts';
import type { ToolListCache } from '../contract/tool-list-cache.ts';
import type { RestartPolicy } from './restart.ts';
import type { PathPlaces } from './discover/placeholders.ts';

/** What running a plugin needs of the rest of the kernel. */
export interface RunnerDeps {
  readonly sandbox: () => Promise<Sandbox>;
  readonly prepare: (
    manifest: Manifest,
    signal: AbortSignal,
    onProgress: (text: string) => void,
  ) => Promise<PreparedSource>;
  /** Where a plugin's code is, as far as that can be told before it is prepared. */
  readonly codeOf: (manifest: Manifest) => readonly string[];
  /** Whether a plugin is part of Nexus itself. */
  readonly isFirstParty: (manifest: Manifest) => boolean;
  readonly cache: ToolListCache;
  readonly consent: Pick<Consent, 'beforeStart' | 'beforeUse' | 'isFollowed'>;
  readonly clock: Clock;
  /** The usual one when absent. */
  readonly restarts?: RestartPolicy;
  readonly places: (manifest: Manifest) => PathPlaces;
  readonly onEvent: (event: PluginEvent) => void;
  readonly onLog: (plugin: string, line: string) => void;
}
