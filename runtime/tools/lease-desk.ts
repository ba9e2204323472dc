import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { holdsSecret } from '../base/known-secrets-within.ts';
import type { LeaseRecords, NewApproval } from '../contract/approval-records.ts';
import { toolHash } from '../contract/definition.ts';
import {
  leaseArgumentsSchema,
  type Lease,
  type LeaseArguments,
  type LeaseGrant,
  type LeasePreview,
  type Leases,
  type StoredLease,
} from '../contract/leases.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { RunLedger, RunRecord } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { Catalogue, ToolEntry } from '../contract/tools.ts';
import { exactly, explain, outsideOf, problemOf } from './leases/predicate.ts';

export interface LeaseDeskDeps {
  readonly records: LeaseRecords;
  readonly catalogue: Catalogue;
  readonly runs: Pick<RunLedger, 'list'>;
  readonly clock: Clock;
  readonly newId: NewId;
}

const hourMs = 3_600_000;
const previewed = 200;
/** Leases of one tool that are looked at for a call. */
const mostOpen = 100;

/** What people have allowed beforehand. A lease is for the very tool it was granted for, counted by compare-and-set. */
export class LeaseDesk implements Leases {
  readonly #deps: LeaseDeskDeps;

  constructor(deps: LeaseDeskDeps) {
    this.#deps = deps;
  }

  /** Takes one run from a lease that covers the call, and puts the call on record as allowed. False when none does. */
  async use(scope: Scope, entry: ToolEntry, allowed: NewApproval): Promise<boolean> {
    const tool = entry.publicName;
    const now = this.#deps.clock.now();
    const open = await this.#deps.records.list(scope, { open: true, limit: mostOpen, now, tool });
    for (const lease of open) {
      if (lease.definition !== toolHash(entry) || outsideOf(lease.arguments, allowed.args) !== null) continue;
      // Another call may have taken the last one since it was read.
      if (await this.#deps.records.use(scope, lease.id, allowed)) return true;
    }
    return false;
  }

  prepare(scope: Scope, entry: ToolEntry, grant: LeaseGrant, args: JsonObject | null): StoredLease {
    const { publicName: tool, plugin, effect } = entry;
    const invalid = (problem: string): NexusError => new NexusError('LEASE_INVALID', { tool, problem });
    const parsed = leaseArgumentsSchema.safeParse(grant.arguments ?? exactly(args ?? {}));
    if (!parsed.success) throw invalid('these arguments cannot be repeated exactly; name them by rules');
    const rules = parsed.data;
    const problem = problemOf(rules);
    if (problem !== null) throw invalid(problem);
    if (holdsSecret(rules))
      throw invalid('the value of a secret setting is not kept in a lease; use any there');
    const outside = args === null ? null : outsideOf(rules, args);
    if (outside !== null) throw invalid(`it would not cover the call it is granted with: ${outside}`);
    const now = this.#deps.clock.now();
    return {
      id: this.#deps.newId(),
      tool,
      plugin,
      effect,
      definition: toolHash(entry),
      arguments: rules,
      count: grant.count,
      used: 0,
      approval: null,
      createdAt: now,
      createdBy: `${scope.user} (${scope.actor})`,
      expiresAt: now + Math.round(grant.hours * hourMs),
      revokedAt: null,
    };
  }

  async grant(scope: Scope, tool: string, grant: LeaseGrant): Promise<Lease> {
    const lease = this.prepare(scope, this.#entry(tool), grant, null);
    await this.#deps.records.add(scope, lease);
    return this.#view(lease);
  }

  async list(
    scope: Scope,
    { all, limit }: { readonly all: boolean; readonly limit: number },
  ): Promise<readonly Lease[]> {
    const now = this.#deps.clock.now();
    return (await this.#deps.records.list(scope, { open: !all, limit, now })).map((lease) =>
      this.#view(lease),
    );
  }

  async revoke(scope: Scope, id: string): Promise<Lease> {
    await this.#deps.records.revoke(scope, id, this.#deps.clock.now());
    const lease = await this.#deps.records.get(scope, id);
    if (lease === null) throw new NexusError('LEASE_UNKNOWN', { lease: id });
    return this.#view(lease);
  }

  async preview(scope: Scope, name: string, rules: LeaseArguments): Promise<LeasePreview> {
    const problem = problemOf(rules);
    if (problem !== null) throw new NexusError('LEASE_INVALID', { tool: name, problem });
    const { plugin, tool } = this.#entry(name);
    const runs = (await this.#deps.runs.list(scope, { plugin, tool, limit: previewed })).map((run) => ({
      id: run.id,
      at: run.queuedAt,
      state: run.state,
      ...verdictOn(run, rules),
    }));
    const covered = runs.filter(({ verdict }) => verdict === 'covered').length;
    return { tool: name, covers: explain(rules), covered, runs };
  }

  #entry(tool: string): ToolEntry {
    const entry = this.#deps.catalogue.tool(tool);
    if (entry !== undefined) return entry;
    throw new NexusError('TOOL_UNKNOWN', { tool, todo: 'Run "nexus tools" for the names' });
  }

  #view({ definition: _definition, ...lease }: StoredLease): Lease {
    return { ...lease, covers: explain(lease.arguments), state: stateOf(lease, this.#deps.clock.now()) };
  }
}

function stateOf(
  { used, count, expiresAt, revokedAt }: Pick<StoredLease, 'used' | 'count' | 'expiresAt' | 'revokedAt'>,
  now: number,
): Lease['state'] {
  if (revokedAt !== null) return 'REVOKED';
  if (used >= count) return 'USED';
  return expiresAt <= now ? 'EXPIRED' : 'ACTIVE';
}

/** Of arguments that were redacted or cut before they were kept, nobody can say whether they were covered. */
function verdictOn(
  { args: text }: RunRecord,
  rules: LeaseArguments,
): Pick<LeasePreview['runs'][number], 'verdict' | 'reason'> {
  const args: unknown = text === null ? null : JSON.parse(text);
  const isWhole =
    isJsonObject(args) && args['truncated'] !== true && !/\[(?:redacted\]|secret )/.test(text ?? '');
  if (!isWhole) return { verdict: 'unknown', reason: 'its arguments are not kept whole' };
  const outside = outsideOf(rules, args);
  return outside === null ? { verdict: 'covered', reason: '' } : { verdict: 'outside', reason: outside };
}
