import { Ring } from '../base/bounded.ts';
import type { Clock } from '../base/clock.ts';
import { CallRecord } from './health/call-record.ts';
import { Subscriptions } from './subscriptions.ts';

/** Lines of stderr that are kept of one plugin. */
const stderrLines = 200;

/** What outlives the versions of one plugin: a swap forgets neither its words nor its subscriptions. */
export class PluginMemory {
  readonly stderr = new Ring<string>(stderrLines);
  readonly subscriptions: Subscriptions;
  readonly record: CallRecord;
  calls = 0;
  /** Starts after the first one of a version: crashes, idle stops, restarts on demand; swaps do not count. */
  restarts = 0;

  constructor(clock: Clock, onProblem: (text: string) => void) {
    this.record = new CallRecord(clock);
    this.subscriptions = new Subscriptions(onProblem);
  }
}
