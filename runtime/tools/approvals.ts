import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import type { ApprovalRecords } from '../contract/approval-records.ts';
import type { Approval, ApprovalAnswer, Approvals, Permission } from '../contract/approvals.ts';
import type { ToolCallBlock } from '../contract/models.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type { Catalogue, ToolEntry } from '../contract/tools.ts';

/** A question may be answered for a week. */
const aliveMs = 7 * 86_400_000;

export interface ApprovalDeps {
  readonly records: ApprovalRecords;
  readonly catalogue: Catalogue;
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** Asks people before an agent does what cannot be taken back, or what a manifest says a person must allow. */
export class StoredApprovals implements Approvals {
  readonly #deps: ApprovalDeps;
  readonly #listeners = new Set<(approval: Approval) => void>();

  constructor(deps: ApprovalDeps) {
    this.#deps = deps;
  }

  async allow(
    scope: Scope,
    {
      execution,
      thread,
      call,
      entry,
    }: {
      readonly execution: string;
      readonly thread: string;
      readonly call: ToolCallBlock;
      readonly entry: ToolEntry;
    },
  ): Promise<Permission> {
    // Arguments that do not fit are refused by the run itself; nobody is bothered with them.
    if (!needsPerson(entry) || !this.#fits(entry, call.arguments)) {
      return { kind: 'allowed', args: call.arguments };
    }
    const asked = await this.#deps.records.ofCall(scope, execution, call.id);
    if (asked !== null) return this.#verdict(asked);
    const { publicName: tool, plugin, effect } = entry;
    const id = this.#deps.newId();
    const createdAt = this.#deps.clock.now();
    const expiresAt = createdAt + aliveMs;
    const question = { id, execution, thread, call: call.id, tool, plugin, effect, args: call.arguments };
    await this.#deps.records.add(scope, { ...question, createdAt, expiresAt });
    return { kind: 'waiting', approval: id };
  }

  list(
    scope: Scope,
    query: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly Approval[]> {
    return this.#deps.records.list(scope, query);
  }

  async answer(scope: Scope, id: string, { decision, args, reason }: ApprovalAnswer): Promise<Approval> {
    const asked = await this.#deps.records.get(scope, id);
    if (asked === null) throw new NexusError('APPROVAL_UNKNOWN', { approval: id });
    const now = this.#deps.clock.now();
    const isLate = asked.state === 'PENDING' && asked.expiresAt <= now;
    if (asked.state !== 'PENDING') throw answeredBefore(asked);
    if (decision === 'allow' && args !== undefined) this.#checkEdited(asked.tool, args);
    const state = isLate ? 'EXPIRED' : decision === 'allow' ? 'ALLOWED' : 'DENIED';
    const answer = { state, args: args ?? asked.args, reason: reason ?? null, answeredAt: now } as const;
    if (!(await this.#deps.records.settle(scope, id, answer))) {
      throw answeredBefore((await this.#deps.records.get(scope, id)) ?? asked);
    }
    const settled: Approval = { ...asked, ...answer, answeredBy: `${scope.user} (${scope.actor})` };
    for (const listener of this.#listeners) listener(settled);
    if (isLate) throw new NexusError('APPROVAL_EXPIRED', { approval: id });
    return settled;
  }

  onAnswer(listener: (approval: Approval) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #verdict({ state, args, reason, id, expiresAt }: Approval): Permission {
    if (state === 'ALLOWED') return { kind: 'allowed', args };
    if (state === 'DENIED') return { kind: 'denied', reason: reason ?? 'no reason was given' };
    const isOver = state === 'EXPIRED' || expiresAt <= this.#deps.clock.now();
    return isOver ? { kind: 'denied', reason: 'nobody answered in time' } : { kind: 'waiting', approval: id };
  }

  #fits(entry: ToolEntry, args: JsonObject): boolean {
    try {
      this.#deps.check(entry, args);
      return true;
    } catch (error) {
      if (error instanceof NexusError && error.code === 'ARGUMENTS_INVALID') return false;
      throw error;
    }
  }

  #checkEdited(tool: string, args: JsonObject): void {
    const entry = this.#deps.catalogue.tool(tool);
    if (entry === undefined)
      throw new NexusError('TOOL_UNKNOWN', { tool, todo: 'Deny it: the tool is gone' });
    this.#deps.check(entry, args);
  }
}

/** What an agent must not do on its own: what cannot be undone, unless the manifest says that nobody need be asked. */
function needsPerson({ approval, effect, manifest, tool }: ToolEntry): boolean {
  if (approval === 'always') return true;
  return effect === 'irreversible' && manifest.tools[tool]?.approval !== 'never';
}

function answeredBefore({ id, state, answeredBy }: Approval): NexusError {
  return new NexusError('APPROVAL_ANSWERED', { approval: id, state, by: answeredBy ?? 'the clock' });
}
