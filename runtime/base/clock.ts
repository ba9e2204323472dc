/** The time, passed in wherever it is needed so that tests decide what it is. */
export interface Clock {
  /** Whole milliseconds since 1970. */
  now(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };
