import { canonicalJson } from '../base/canonical-json.ts';
import { NexusError } from '../base/errors.ts';
import type { Approval, CallPermits, DirectCall } from '../contract/approvals.ts';
import { isJsonObject, type CallChannel, type JsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type { Settings } from '../contract/settings.ts';
import type { ToolEntry } from '../contract/tools.ts';
import type { StoredApprovals } from './approvals.ts';

const argsShown = 2_000;

export interface PermitDeps {
  readonly approvals: StoredApprovals;
  readonly settings: Settings;
}

/**
 * Puts a direct call that needs a person to the one behind the caller and to everybody else who answers questions; the
 * first answer counts, wherever it comes from.
 */
export class DirectPermits implements CallPermits {
  readonly #deps: PermitDeps;

  constructor(deps: PermitDeps) {
    this.#deps = deps;
  }

  async permit(
    scope: Scope,
    { run, entry, args, client }: DirectCall,
    channel: CallChannel,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { approvals, settings } = this.#deps;
    const canAsk = channel.capabilities['elicitation'] !== undefined;
    const waitMs = Number(settings.value('approvals.waitSeconds')) * 1_000;
    const because = 'its manifest or its plugin says that a person must allow it';
    const question = { origin: 'call', of: run, call: '', thread: null, args, because } as const;
    if (await approvals.isCovered(scope, entry, question)) return args;
    if (!canAsk && waitMs === 0) {
      const todo = 'Use a client that supports elicitation, grant a lease, or set approvals.waitSeconds';
      throw denied(entry, 'it needs approval and this client cannot ask its user', todo);
    }
    const asked = await approvals.ask(scope, entry, question, canAsk ? undefined : waitMs);
    const answered = await this.#answer(
      { ...scope, actor: client },
      entry,
      asked,
      canAsk ? channel : null,
      signal,
    );
    // The record has no known secrets: what was not edited is run as it was sent.
    const isEdited = canonicalJson(answered.args) !== canonicalJson(asked.args);
    if (answered.state === 'ALLOWED') return isEdited ? answered.args : args;
    const reason = answered.reason ?? 'the user did not approve it';
    throw denied(entry, reason, 'Ask again if it was declined by mistake');
  }

  /** The answer on record, from wherever. */
  async #answer(
    scope: Scope,
    entry: ToolEntry,
    asked: Approval,
    channel: CallChannel | null,
    signal: AbortSignal,
  ): Promise<Approval> {
    const { approvals } = this.#deps;
    const elsewhere = Promise.withResolvers<Approval>();
    const over = new AbortController();
    const stop = approvals.onAnswer((approval) => {
      if (approval.id === asked.id) elsewhere.resolve(approval);
    });
    const wakeAt = setTimeout(
      () => {
        // What fails here is met by the caller's own reading of the record.
        approvals.tick().catch(elsewhere.reject);
      },
      Math.min(asked.expiresAt - asked.createdAt, 2 ** 31 - 1),
    );
    const onAbort = (): void => elsewhere.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      if (channel !== null) {
        const both = AbortSignal.any([signal, over.signal]);
        void elicit(channel, entry, asked, both).then(
          (said) => this.#put(scope, asked, said).catch(elsewhere.reject),
          elsewhere.reject,
        );
      }
      return await elsewhere.promise;
    } catch (error) {
      await approvals.close(scope, asked, 'the caller does not wait for an answer any more');
      throw error;
    } finally {
      stop();
      clearTimeout(wakeAt);
      signal.removeEventListener('abort', onAbort);
      over.abort(
        new NexusError('APPROVAL_ANSWERED', { approval: asked.id, state: 'answered', by: 'somebody else' }),
      );
    }
  }

  /** What the caller's user said; it counts unless somebody else was faster. */
  async #put(scope: Scope, { id }: Approval, isYes: boolean): Promise<void> {
    const answer = isYes
      ? ({ decision: 'allow' } as const)
      : ({ decision: 'deny', reason: 'the user did not approve it' } as const);
    try {
      await this.#deps.approvals.answer(scope, id, answer);
    } catch (error) {
      const isLate = error instanceof NexusError && /^APPROVAL_(?:ANSWERED|EXPIRED|STALE)$/.test(error.code);
      if (!isLate) throw error;
    }
  }
}

async function elicit(
  channel: CallChannel,
  { effect, publicName }: ToolEntry,
  { args }: Approval,
  signal: AbortSignal,
): Promise<boolean> {
  const message = `Run the ${effect} tool "${publicName}" with ${show(args)}?`;
  const requestedSchema = { type: 'object', properties: {} };
  const answers = await channel.answer(
    { approval: { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } } },
    signal,
  );
  const answer = answers['approval'];
  return isJsonObject(answer) && answer['action'] === 'accept';
}

function denied({ publicName }: ToolEntry, reason: string, todo: string): NexusError {
  return new NexusError('RUN_DENIED', { tool: publicName, reason, todo });
}

/** What is not shown is said to be missing: nobody shall approve it unawares. */
function show(args: JsonObject): string {
  const text = JSON.stringify(args);
  return text.length <= argsShown
    ? text
    : `${text.slice(0, argsShown)}… (cut; ${text.length} characters in all)`;
}
