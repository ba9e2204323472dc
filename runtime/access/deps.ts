import type { Clock } from '../base/clock.ts';
import type { NewId } from '../base/ids.ts';
import type { Logger } from '../base/logger.ts';
import type { AccessRecords } from '../contract/access.ts';
import type { Settings } from '../contract/settings.ts';

export interface AccessDeps {
  readonly records: AccessRecords;
  readonly settings: Pick<Settings, 'value'>;
  readonly clock: Clock;
  readonly newId: NewId;
  /** The local key: who has it may do everything. */
  readonly key: string;
  /** Seals what browsers keep. */
  readonly sealKey: Uint8Array;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}
