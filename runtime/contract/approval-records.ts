import type { Approval } from './approvals.ts';
import type { Scope } from './scope.ts';

/** A question as it is first put on record. */
export interface NewApproval extends Pick<
  Approval,
  'id' | 'tool' | 'plugin' | 'effect' | 'args' | 'execution' | 'thread' | 'createdAt' | 'expiresAt'
> {
  /** Id of the model's call. */
  readonly call: string;
}

/** Approvals on record. */
export interface ApprovalRecords {
  add(scope: Scope, approval: NewApproval): Promise<void>;
  ofCall(scope: Scope, execution: string, call: string): Promise<Approval | null>;
  get(scope: Scope, id: string): Promise<Approval | null>;
  /** Newest first. */
  list(
    scope: Scope,
    query: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly Approval[]>;
  /** False when it was answered before. */
  settle(
    scope: Scope,
    id: string,
    answer: Pick<Approval, 'state' | 'args' | 'reason' | 'answeredAt'>,
  ): Promise<boolean>;
}
