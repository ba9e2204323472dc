import type { Clock } from './base/clock.ts';
import type { NewId } from './base/ids.ts';
import type { Logger } from './base/logger.ts';
import type { Approvals, CallPermits } from './contract/approvals.ts';
import type { Leases } from './contract/leases.ts';
import type { JsonObject } from './contract/plugins.ts';
import type { Settings } from './contract/settings.ts';
import type { Catalogue, ToolEntry } from './contract/tools.ts';
import type { Store } from './store/open.ts';
import { approvalSettings } from './tools/approval-policy.ts';
import { StoredApprovals } from './tools/approvals.ts';
import { LeaseDesk } from './tools/lease-desk.ts';
import { DirectPermits } from './tools/permit.ts';

/** Between two looks for questions whose time is over. */
const tickMs = 15_000;

export interface ApprovalParts {
  readonly store: Pick<Store, 'conversations' | 'ledger'>;
  readonly settings: Settings;
  readonly catalogue: Catalogue;
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Questions to people, their leases, and the permits of direct calls. */
export interface Asking extends AsyncDisposable {
  readonly approvals: Approvals;
  readonly leases: Leases;
  readonly permits: CallPermits;
  /** Ends what was left over, tells of answers nobody heard, and looks at the clock from then on. */
  begin(): void;
}

/** Puts together what asks people. Dispose it before the store is closed. */
export function createApprovals({
  store,
  settings,
  catalogue,
  check,
  clock,
  newId,
  log,
}: ApprovalParts): Asking {
  settings.define('kernel.approvals', approvalSettings);
  const { approvals: records, leases: leaseRecords } = store.conversations(newId);
  const leases = new LeaseDesk({ records: leaseRecords, catalogue, runs: store.ledger, clock, newId });
  const approvals = new StoredApprovals({ records, leases, catalogue, settings, check, clock, newId });
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const look = (what: () => Promise<void>): void => {
    looking = looking
      .then(what)
      .catch((error: unknown) => log.error({ err: error }, 'approvals were not looked through'));
  };
  return {
    approvals,
    leases,
    permits: new DirectPermits({ approvals, settings }),
    begin: () => {
      look(() => approvals.begin());
      timer = setInterval(() => look(() => approvals.tick()), tickMs);
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}
