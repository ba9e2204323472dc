import type { Pin } from './context.ts';
import type { Scope } from './scope.ts';

/** What is told in a thread always. */
export interface Pins {
  /** Oldest first. */
  list(scope: Scope, thread: string): Promise<readonly Pin[]>;
  /** Throws THREAD_UNKNOWN, or USAGE when a thread would have more than 50. */
  add(scope: Scope, thread: string, pin: Pin): Promise<void>;
  remove(scope: Scope, thread: string, pin: Pin): Promise<void>;
}
