import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { holdsSecret } from '../base/known-secrets-within.ts';
import { redactKnown } from '../base/known-secrets.ts';
import type {
  ApprovalRecords,
  NewApproval,
  Settlement,
  StoredApproval,
} from '../contract/approval-records.ts';
import type { Approval, ApprovalAnswer, Approvals, Permission } from '../contract/approvals.ts';
import { toolHash } from '../contract/definition.ts';
import type { StoredLease } from '../contract/leases.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type { Settings } from '../contract/settings.ts';
import type { Catalogue, ToolEntry } from '../contract/tools.ts';
import { whyAsk } from './approval-policy.ts';
import type { LeaseDesk } from './lease-desk.ts';

export interface ApprovalDeps {
  readonly records: ApprovalRecords;
  readonly leases: LeaseDesk;
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** What is asked, by whom. */
export type Question = Pick<NewApproval, 'origin' | 'of' | 'call' | 'thread' | 'args' | 'because'>;

/** Questions to people: on record before they are asked, answered once, and only for the tool they were asked about. */
export class StoredApprovals implements Approvals {
  readonly #deps: ApprovalDeps;
  readonly #askListeners = new Set<(approval: Approval) => void>();
  readonly #listeners = new Set<(approval: Approval) => void>();

  constructor(deps: ApprovalDeps) {
    this.#deps = deps;
  }

  async allow(
    scope: Scope,
    { execution, thread, call, entry, hasUntrusted }: Parameters<Approvals['allow']>[1],
  ): Promise<Permission> {
    const args = call.arguments;
    const allowed = { kind: 'allowed', args, tool: toolHash(entry) } as const;
    const { records, settings } = this.#deps;
    const asked = await records.ofCall(scope, execution, call.id);
    if (asked !== null) return this.#verdict(asked, entry);
    // Arguments that do not fit are refused by the run itself; nobody is bothered with them.
    if (!this.#fits(entry, args)) return allowed;
    const because = whyAsk(entry, settings, true);
    if (because === null) return allowed;
    const isTold = async (): Promise<boolean> =>
      (await records.hasReadResults(thread, execution)) || (await hasUntrusted());
    if (whyAsk(entry, settings, false) === null && !(await isTold())) return allowed;
    const question = { origin: 'turn', of: execution, call: call.id, thread, args, because } as const;
    if (await this.isCovered(scope, entry, question)) return allowed;
    return { kind: 'waiting', approval: (await this.ask(scope, entry, question)).id };
  }

  /** Whether a lease allows it; that is on record then, and counted. */
  isCovered(scope: Scope, entry: ToolEntry, question: Question): Promise<boolean> {
    return this.#deps.leases.use(scope, entry, this.#draft(entry, question));
  }

  /** Puts a question on record. `aliveMs`: in place of the setting. */
  async ask(scope: Scope, entry: ToolEntry, question: Question, aliveMs?: number): Promise<Approval> {
    const draft = this.#draft(entry, question, aliveMs);
    await this.#deps.records.add(scope, draft);
    const asked = viewOf(await this.#find(scope, draft.id));
    for (const listener of this.#askListeners) listener(asked);
    return asked;
  }

  async list(
    scope: Scope,
    query: { readonly state?: Approval['state']; readonly limit: number },
  ): Promise<readonly Approval[]> {
    await this.tick();
    return (await this.#deps.records.list(scope, query)).map(viewOf);
  }

  async get(scope: Scope, id: string): Promise<Approval> {
    await this.tick();
    return viewOf(await this.#find(scope, id));
  }

  async answer(
    scope: Scope,
    id: string,
    { decision, args, reason, lease }: ApprovalAnswer,
  ): Promise<Approval> {
    await this.tick();
    const asked = await this.#find(scope, id);
    if (asked.state === 'EXPIRED') throw new NexusError('APPROVAL_EXPIRED', { approval: id });
    if (asked.state !== 'PENDING') throw answeredBefore(asked);
    const answeredAt = this.#deps.clock.now();
    const because = reason === undefined ? null : redactKnown(reason);
    const common = { args: asked.args, reason: because, answeredAt };
    if (decision === 'deny') return await this.#settle(scope, asked, { ...common, state: 'DENIED' });
    const entry = this.#deps.catalogue.tool(asked.tool);
    if (entry !== undefined && toolHash(entry) !== asked.definition) {
      await this.#settle(scope, asked, { ...common, state: 'EXPIRED', reason: otherTool });
      throw new NexusError('APPROVAL_STALE', { approval: id, tool: asked.tool, plugin: asked.plugin });
    }
    const sent = args ?? asked.args;
    const granted = this.#prepare(scope, asked, entry, { args, lease }, sent);
    const isAllowed = { ...common, state: 'ALLOWED', args: sent } as const;
    return await this.#settle(scope, asked, granted === null ? isAllowed : { ...isAllowed, lease: granted });
  }

  /** A question that nobody waits for any more. False when it was answered before. */
  async close(scope: Scope, asked: Approval, reason: string): Promise<boolean> {
    const answer = {
      state: 'EXPIRED',
      args: asked.args,
      reason,
      answeredAt: this.#deps.clock.now(),
    } as const;
    const isFirst = await this.#deps.records.settle(scope, asked.id, answer);
    if (isFirst) this.#announce({ ...asked, ...answer, answeredBy: `${scope.user} (${scope.actor})` });
    return isFirst;
  }

  /** Ends what nobody answered in time, by the clock, however long the machine slept. */
  async tick(): Promise<void> {
    for (const over of await this.#deps.records.expireDue(this.#deps.clock.now()))
      this.#announce(viewOf(over));
  }

  /** After a start: ends what cannot be answered any more, and tells of answers that nobody has heard. */
  async begin(): Promise<void> {
    await this.#deps.records.expireDirect(this.#deps.clock.now());
    await this.tick();
    for (const answered of await this.#deps.records.unheard()) this.#announce(viewOf(answered));
  }

  onAsk(listener: (approval: Approval) => void): () => void {
    this.#askListeners.add(listener);
    return () => this.#askListeners.delete(listener);
  }

  onAnswer(listener: (approval: Approval) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #draft(entry: ToolEntry, question: Question, aliveMs?: number): NewApproval {
    const { clock, newId, settings } = this.#deps;
    const { publicName: tool, plugin, effect } = entry;
    const createdAt = clock.now();
    const standardMs = Math.round(Number(settings.value('approvals.hours')) * 3_600_000);
    const expiresAt = createdAt + (aliveMs ?? standardMs);
    return {
      ...question,
      id: newId(),
      tool,
      plugin,
      effect,
      definition: toolHash(entry),
      createdAt,
      expiresAt,
    };
  }

  #verdict(asked: StoredApproval, entry: ToolEntry): Permission {
    const { state, args, reason, id, expiresAt, definition } = asked;
    const tool = toolHash(entry);
    if (state === 'DENIED' || state === 'EXPIRED')
      return { kind: 'denied', reason: reason ?? 'no reason was given' };
    if (state === 'PENDING' && expiresAt <= this.#deps.clock.now())
      return { kind: 'denied', reason: 'nobody answered in time' };
    if (definition !== tool) return { kind: 'denied', reason: `${otherTool}; call it again to ask anew` };
    return state === 'ALLOWED' ? { kind: 'allowed', args, tool } : { kind: 'waiting', approval: id };
  }

  #prepare(
    scope: Scope,
    asked: StoredApproval,
    entry: ToolEntry | undefined,
    { args, lease }: Pick<ApprovalAnswer, 'args' | 'lease'>,
    sent: JsonObject,
  ): StoredLease | null {
    if (args === undefined && lease === undefined) return null;
    if (entry === undefined)
      throw new NexusError('TOOL_UNKNOWN', {
        tool: asked.tool,
        todo: 'Deny it, or wait until its plugin is back',
      });
    if (args !== undefined) {
      this.#deps.check(entry, args);
      if (holdsSecret(args)) throw new NexusError('ARGUMENTS_SECRET', { tool: asked.tool });
    }
    if (lease === undefined) return null;
    return { ...this.#deps.leases.prepare(scope, entry, lease, sent), approval: asked.id };
  }

  async #settle(scope: Scope, asked: StoredApproval, answer: Settlement): Promise<Approval> {
    if (!(await this.#deps.records.settle(scope, asked.id, answer)))
      throw answeredBefore(await this.#find(scope, asked.id));
    const { lease: _, ...told } = answer;
    return this.#announce(viewOf({ ...asked, ...told, answeredBy: `${scope.user} (${scope.actor})` }));
  }

  #announce(approval: Approval): Approval {
    for (const listener of this.#listeners) listener(approval);
    return approval;
  }

  async #find(scope: Scope, id: string): Promise<StoredApproval> {
    const asked = await this.#deps.records.get(scope, id);
    if (asked === null) throw new NexusError('APPROVAL_UNKNOWN', { approval: id });
    return asked;
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
}

const otherTool = 'the tool is not the one that was asked about';

function viewOf({ definition: _definition, ...approval }: StoredApproval): Approval {
  return approval;
}

function answeredBefore({ id, state, answeredBy }: Approval): NexusError {
  return new NexusError('APPROVAL_ANSWERED', { approval: id, state, by: answeredBy ?? 'the clock' });
}
