import type { Approval } from './approvals.ts';
import type { StoredLease } from './leases.ts';
import type { JsonObject } from './plugins.ts';
import type { Scope } from './scope.ts';

/** A question on record. `definition` is the hash of the tool it asks about. */
export type StoredApproval = Approval & { readonly definition: string };

/** A question as it is first put on record. */
export interface NewApproval extends Pick<
  StoredApproval,
  'id' | 'origin' | 'tool' | 'plugin' | 'effect' | 'args' | 'because' | 'thread' | 'createdAt' | 'expiresAt'
> {
  readonly definition: string;
  /** Id of the turn, or of the run of a direct call. */
  readonly of: string;
  /** Id of the model's call; empty of a direct one. */
  readonly call: string;
}

export interface Settlement {
  readonly state: 'ALLOWED' | 'DENIED' | 'EXPIRED';
  readonly args: JsonObject;
  readonly reason: string | null;
  readonly answeredAt: number;
  /** In the same transaction. */
  readonly lease?: StoredLease;
}

/** Approvals on record. */
export interface ApprovalRecords {
  add(scope: Scope, approval: NewApproval): Promise<void>;
  ofCall(scope: Scope, of: string, call: string): Promise<StoredApproval | null>;
  get(scope: Scope, id: string): Promise<StoredApproval | null>;
  /** Newest first. */
  list(
    scope: Scope,
    query: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly StoredApproval[]>;
  /** PENDING → what was answered. False when it was answered before. */
  settle(scope: Scope, id: string, answer: Settlement): Promise<boolean>;
  /** PENDING → EXPIRED of everybody's questions that nobody answered until `now`. */
  expireDue(now: number): Promise<readonly StoredApproval[]>;
  /** The same of direct calls that a stop of the kernel cut off: nobody waits for the answer. */
  expireDirect(now: number): Promise<readonly StoredApproval[]>;
  /** Answers that turns still wait for, because the kernel ended between the two. */
  unheard(): Promise<readonly StoredApproval[]>;
  /** Whether a model call of the turn that asks now was told what a tool had answered, in its thread or one above it. */
  hasReadResults(thread: string, execution: string): Promise<boolean>;
}

/** Leases on record. */
export interface LeaseRecords {
  add(scope: Scope, lease: StoredLease): Promise<void>;
  /** Newest first; `open`: only those that may still cover something. */
  list(
    scope: Scope,
    query: { readonly open: boolean; readonly limit: number; readonly now: number; readonly tool?: string },
  ): Promise<readonly StoredLease[]>;
  get(scope: Scope, id: string): Promise<StoredLease | null>;
  /** Counts a run and puts it on record as allowed, both or neither; false when the lease covers nothing any more. */
  use(scope: Scope, lease: string, allowed: NewApproval): Promise<boolean>;
  revoke(scope: Scope, id: string, now: number): Promise<void>;
}
