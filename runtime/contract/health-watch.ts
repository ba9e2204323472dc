import type { CheckResult, HealthSummary, PluginHealth } from './health.ts';
import type { PluginStatus } from './plugins.ts';

/** How plugins are: figures of their calls and processes, periodic checks and checks on demand. */
export interface HealthWatch {
  summary(status: PluginStatus): Promise<HealthSummary>;
  health(status: PluginStatus): Promise<PluginHealth>;
  /** Asks the plugin now, starting it when it does not run. A failed check is an answer, no rejection. */
  check(plugin: string): Promise<CheckResult>;
}
