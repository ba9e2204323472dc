import type { Scope } from './scope.ts';

/** A turn as a journal tells of it. */
export interface JournalTurn {
  readonly at: number;
  /** Title of its thread, else what was asked. */
  readonly about: string;
  readonly state: string;
}

/** Which days have their journal. */
export interface JournalRecords {
  /** Turns of people's threads since a time, oldest first, at most 5,000. */
  turns(scope: Scope, since: number): Promise<readonly JournalTurn[]>;
  isWritten(scope: Scope, day: string): Promise<boolean>;
  written(scope: Scope, day: string): Promise<void>;
}
