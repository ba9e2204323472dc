import { canonicalJson } from '../base/canonical-json.ts';
import { NexusError } from '../base/errors.ts';
import type { CallPermits } from '../contract/approvals.ts';
import { toolHash } from '../contract/definition.ts';
import type { CallChannel, JsonObject } from '../contract/plugins.ts';
import type { RunLedger, RunOutcome, RunStart } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import {
  runMetaKey,
  type Catalogue,
  type RunCount,
  type ToolCall,
  type ToolEntry,
  type ToolResult,
  type ToolRunner,
} from '../contract/tools.ts';
import { outcomeOfError, outcomeOfResult } from './outcome.ts';
import type { ToolHost } from './built-in.ts';
import { RunTally } from './run-tally.ts';

export interface InvokeDeps {
  readonly host: Pick<ToolHost, 'call'>;
  readonly catalogue: Catalogue;
  readonly ledger: RunLedger;
  /** Throws ARGUMENTS_INVALID when the arguments do not fit the tool's input schema. */
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly permits: CallPermits;
  /** A new UUIDv7. */
  readonly newId: () => string;
}

/** The one invoke path: resolve → validate → permit → record → call → record. */
export class Invoker implements ToolRunner {
  readonly #deps: InvokeDeps;
  readonly #tally = new RunTally();

  constructor(deps: InvokeDeps) {
    this.#deps = deps;
  }

  async invoke(scope: Scope, call: ToolCall, channel: CallChannel, signal: AbortSignal): Promise<ToolResult> {
    const entry = this.#deps.catalogue.tool(call.tool);
    if (entry === undefined) {
      const held = this.#deps.catalogue.held(call.tool);
      if (held !== undefined) throw held;
      throw new NexusError('TOOL_UNKNOWN', { tool: call.tool, todo: 'Ask for the list of tools again' });
    }
    let run: RunStart = {
      id: call.run ?? this.#deps.newId(),
      plugin: entry.plugin,
      tool: entry.tool,
      effect: entry.effect,
      args: call.args,
      source: call.source,
      client: call.client,
    };
    let stages = new RunStages(this.#deps.ledger, scope, run);
    let result: JsonObject;
    try {
      this.#deps.check(entry, call.args);
      const args = await this.#permitted(scope, entry, call, stages, channel, signal);
      if (args !== call.args) {
        // What was asked for stays on record as it was; what is run is another run.
        const id = this.#deps.newId();
        const error = `A person edited the arguments: run ${id} goes on with them`;
        await this.#finish(stages, run, { state: 'CANCELED', error, result: undefined });
        run = { ...run, id, args };
        stages = new RunStages(this.#deps.ledger, scope, run);
      }
      result = await this.#send(entry, { ...call, args }, stages, channel, signal);
    } catch (error) {
      await this.#finish(stages, run, outcomeOfError(error, entry.effect, stages.isAtWork, signal.aborted));
      throw error;
    }
    await this.#finish(stages, run, outcomeOfResult(result));
    return { run: run.id, result };
  }

  counts(): readonly RunCount[] {
    return this.#tally.counts();
  }

  /** The arguments to run it with: those of the call itself unless a person has edited them. */
  async #permitted(
    scope: Scope,
    entry: ToolEntry,
    { tool, args, approved, client, source }: ToolCall,
    stages: RunStages,
    channel: CallChannel,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const check = (now: ToolEntry | undefined, hash: string): void => {
      if (now !== undefined && toolHash(now) === hash) return;
      const reason = 'the tool is not the one any more that was allowed';
      throw new NexusError('RUN_DENIED', { tool, reason, todo: 'Call it again' });
    };
    if (approved !== undefined) check(entry, approved);
    if (approved !== undefined || entry.approval !== 'always') return args;
    stages.queue();
    const asked = { run: stages.id, entry, args, client: client ?? source };
    const permitted = await this.#deps.permits.permit(scope, asked, channel, signal);
    check(this.#deps.catalogue.tool(tool), toolHash(entry));
    return canonicalJson(permitted) === canonicalJson(args) ? args : permitted;
  }

  async #finish(stages: RunStages, { plugin }: RunStart, outcome: RunOutcome): Promise<void> {
    await stages.finish(outcome);
    this.#tally.add(plugin, outcome.state);
  }

  #send(
    entry: ToolEntry,
    { args, source, idempotencyKey }: ToolCall,
    stages: RunStages,
    channel: CallChannel,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { timeoutMs } = entry.manifest.limits;
    // A plugin can tell attempts at the same run from new ones by it.
    const params = { name: entry.tool, arguments: args, _meta: { [runMetaKey]: stages.id } };
    // The intent of a direct call is the call itself; what asks about it later names it so too (work/reconcile.ts).
    const intent = idempotencyKey ?? (entry.effect === 'read' ? undefined : stages.id);
    const answer = this.#deps.host.call(entry.plugin, 'tools/call', params, {
      channel,
      signal,
      timeoutMs,
      isCheck: source === 'health',
      ...(intent === undefined ? {} : { intent }),
      onLeave: () => stages.leave(),
      onWork: (isAtWork) => {
        stages.isAtWork = isAtWork;
      },
    });
    // A call that did not leave at once waits for its plugin: that too is on record.
    stages.queue();
    return answer;
  }
}

/** The record of one run on its way: written when it has to wait, when it leaves, when it ended. */
class RunStages {
  /** Whether the plugin has been sent the call and has not answered. */
  isAtWork = false;
  readonly #ledger: RunLedger;
  readonly #scope: Scope;
  readonly #run: RunStart;
  #queued: Promise<void> | undefined;
  #left: Promise<void> | undefined;

  constructor(ledger: RunLedger, scope: Scope, run: RunStart) {
    this.#ledger = ledger;
    this.#scope = scope;
    this.#run = run;
  }

  get id(): string {
    return this.#run.id;
  }

  queue(): void {
    if (this.#left !== undefined || this.#queued !== undefined) return;
    this.#queued = this.#ledger.queue(this.#scope, this.#run);
    // Its failure is met by `leave` or `finish`, which await it.
    this.#queued.catch(() => {});
  }

  async leave(): Promise<void> {
    this.isAtWork = true;
    this.#left =
      this.#queued === undefined
        ? this.#ledger.begin(this.#scope, this.#run)
        : this.#queued.then(() => this.#ledger.start(this.#scope, this.#run.id));
    await this.#left;
  }

  async finish(outcome: RunOutcome): Promise<void> {
    this.queue();
    await this.#queued;
    await this.#left;
    await this.#ledger.finish(this.#scope, this.#run.id, outcome);
  }
}
