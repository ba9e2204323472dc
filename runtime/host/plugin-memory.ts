import { Ring } from '../base/bounded.ts';
import { Subscriptions } from './subscriptions.ts';

/** Lines of stderr that are kept of one plugin. */
const stderrLines = 200;

/** What outlives the versions of one plugin: a swap forgets neither its words nor its subscriptions. */
export class PluginMemory {
  readonly stderr = new Ring<string>(stderrLines);
  readonly subscriptions: Subscriptions;
  calls = 0;
  /** Starts after the first one of a version: crashes, idle stops, restarts on demand; swaps do not count. */
  restarts = 0;

  constructor(onProblem: (text: string) => void) {
    this.subscriptions = new Subscriptions(onProblem);
  }
}
