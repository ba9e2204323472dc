import type { ModelOverview, ModelService } from '../../../contract/models.ts';

/** Providers are asked at most this often, however many pages look; in milliseconds. */
const freshMs = 60_000;
/** A page does not wait longer for providers that do not answer, in milliseconds. */
const patienceMs = 2_000;

/** Remembers which models there are, so that a look at the dashboard is not a request to every provider. */
export class ProviderLook {
  readonly #models: Pick<ModelService, 'overview'>;
  #known: ModelOverview = { models: [], problems: [] };
  #checkedAt: number | null = null;
  #asking: Promise<void> | undefined;

  constructor(models: Pick<ModelService, 'overview'>) {
    this.#models = models;
  }

  /** What is known, asked anew when that is old; what does not come in time is told by the next look. */
  async look(): Promise<{ readonly overview: ModelOverview; readonly checkedAt: number | null }> {
    const isOld = this.#checkedAt === null || Date.now() - this.#checkedAt > freshMs;
    if (isOld) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
      await Promise.race([this.#asking, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
    }
    return { overview: this.#known, checkedAt: this.#checkedAt };
  }

  async #ask(): Promise<void> {
    const signal = AbortSignal.timeout(freshMs);
    try {
      this.#known = await this.#models.overview(signal);
    } catch (error) {
      // Out of time: what was known stays, and is asked for again in a while.
      if (!signal.aborted) throw error;
    }
    this.#checkedAt = Date.now();
  }
}
