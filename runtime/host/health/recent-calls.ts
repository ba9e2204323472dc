import type { CallFigures } from '../../contract/health.ts';

/** Calls of which times and outcomes are remembered: 5 KB a plugin that is called at all. */
const limit = 1_000;

/** Times and outcomes of the last thousand calls. Adding is one write; the reader pays for sorting. */
export class RecentCalls {
  /** Milliseconds; NaN for a call that never left. */
  #times: Float32Array | undefined;
  #failed: Uint8Array | undefined;
  #count = 0;

  add(tookMs: number | null, isFailed: boolean): void {
    this.#times ??= new Float32Array(limit);
    this.#failed ??= new Uint8Array(limit);
    const at = this.#count++ % limit;
    this.#times[at] = tookMs ?? Number.NaN;
    this.#failed[at] = isFailed ? 1 : 0;
  }

  figures(): Pick<CallFigures, 'errorRate' | 'p50Ms' | 'p95Ms'> {
    const known = Math.min(this.#count, limit);
    const failed = this.#failed?.subarray(0, known).reduce((sum, one) => sum + one, 0) ?? 0;
    const times = this.#times
      ?.subarray(0, known)
      .filter((ms) => !Number.isNaN(ms))
      .sort();
    return {
      errorRate: known === 0 ? null : failed / known,
      p50Ms: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
    };
  }
}

/** The value below which a share of `sorted` lies (nearest rank), in hundredths of a millisecond; null for none. */
function quantile(sorted: Float32Array | undefined, share: number): number | null {
  const value = sorted?.[Math.ceil(share * sorted.length) - 1];
  return value === undefined ? null : Math.round(value * 100) / 100;
}
