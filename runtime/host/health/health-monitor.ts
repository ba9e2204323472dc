import type { CheckResult, HealthSummary, PluginHealth } from '../../contract/health.ts';
import type { HealthWatch } from '../../contract/health-watch.ts';
import type { PluginStatus } from '../../contract/plugins.ts';
import { PluginChecks, type CheckDeps } from './plugin-checks.ts';
import { UsageMeter } from './usage-meter.ts';

interface Watched {
  readonly checks: PluginChecks;
  readonly meter: UsageMeter;
}

/** Follows the plugin host: checks what runs, and tells what is known of how each plugin is. */
export class HealthMonitor implements HealthWatch, Disposable {
  readonly #deps: CheckDeps;
  readonly #watched = new Map<string, Watched>();
  readonly #stop: () => void;

  constructor(deps: CheckDeps) {
    this.#deps = deps;
    this.#stop = deps.host.onEvent(({ kind, plugin }) => {
      if (kind === 'status') this.#follow(plugin);
    });
  }

  async summary(status: PluginStatus): Promise<HealthSummary> {
    const { errors } = this.#deps.host.vitals(status.name);
    return { ...(await this.#figures(status)), lastError: errors.at(-1) ?? null };
  }

  async health(status: PluginStatus): Promise<PluginHealth> {
    const { host } = this.#deps;
    const { name, state, reason, nextStep, startedAt, restarts, inFlight } = status;
    const { errors } = host.vitals(name);
    const shown = { plugin: name, state, reason, nextStep, startedAt, restarts, inFlight };
    return { ...shown, ...(await this.#figures(status)), errors, stderr: host.stderr(name) };
  }

  check(plugin: string): Promise<CheckResult> {
    return this.#of(plugin).checks.check();
  }

  /** One periodic check of a plugin, as its timer makes it. Settles when what follows from it is done. */
  tick(plugin: string): Promise<void> {
    return this.#of(plugin).checks.tick();
  }

  [Symbol.dispose](): void {
    this.#stop();
    for (const { checks } of this.#watched.values()) checks[Symbol.dispose]();
    this.#watched.clear();
  }

  async #figures({ name, startedAt }: PluginStatus): Promise<Omit<HealthSummary, 'lastError'>> {
    const { host, clock } = this.#deps;
    const { checks, meter } = this.#of(name);
    const { figures, breaker } = host.vitals(name);
    return {
      calls: figures,
      uptimeMs: startedAt === null ? null : Math.max(0, clock.now() - startedAt),
      usage: startedAt === null ? null : await meter.look(startedAt, () => host.usage(name)),
      breaker,
      lastCheck: checks.last,
      failedChecks: checks.failed,
    };
  }

  #follow(plugin: string): void {
    if (this.#deps.host.status(plugin) !== undefined) return this.#of(plugin).checks.follow();
    this.#watched.get(plugin)?.checks[Symbol.dispose]();
    this.#watched.delete(plugin);
  }

  #of(plugin: string): Watched {
    const known = this.#watched.get(plugin);
    if (known !== undefined) return known;
    const { clock } = this.#deps;
    const watched = { checks: new PluginChecks(plugin, this.#deps), meter: new UsageMeter(clock) };
    this.#watched.set(plugin, watched);
    return watched;
  }
}
