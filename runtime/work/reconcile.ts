import { messageOf, NexusError } from '../base/errors.ts';
import type { NewId } from '../base/ids.ts';
import { RpcError } from '../base/rpc-error.ts';
import type { DirectiveStore } from '../contract/directives.ts';
import { isJsonObject, type JsonObject } from '../contract/plugins.ts';
import type { Reconciler, RunVerdict, VerdictStore } from '../contract/reconcile.ts';
import type { RunLedger, RunRecord } from '../contract/runs.ts';
import type { Scope } from '../contract/scope.ts';
import type { Catalogue, ToolEntry, ToolRunner } from '../contract/tools.ts';
import { fieldsOf, followUpOf } from './follow-up.ts';
import { nobody, toolRunPayloadSchema } from './tool-run.ts';

export interface ReconcileDeps {
  readonly verdicts: VerdictStore;
  readonly directives: DirectiveStore;
  readonly runs: RunLedger;
  readonly catalogue: Catalogue;
  readonly runner: ToolRunner;
  readonly newId: NewId;
}

/** Learns what became of UNKNOWN runs from the tool their manifest declares, or from a person. */
export class RunReconciler implements Reconciler {
  readonly #deps: ReconcileDeps;

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
  }

  async settled(scope: Scope, run: RunRecord): Promise<RunVerdict | null> {
    const there = await this.#deps.verdicts.get(scope, run.id);
    if (there !== null) return there;
    const checked = await this.#check(scope, run);
    return 'problem' in checked ? null : await this.#deps.verdicts.settle(scope, run.id, checked);
  }

  async reconcile(
    scope: Scope,
    id: string,
    said?: { readonly happened: boolean; readonly note: string },
  ): Promise<RunVerdict> {
    const { runs, verdicts } = this.#deps;
    const run = await runs.get(scope, id);
    if (run === null) throw new NexusError('RUN_UNKNOWN', { id });
    if (run.state !== 'UNKNOWN')
      throw new NexusError('RUN_STATE', { id, state: run.state, wanted: 'settled' });
    const there = await verdicts.get(scope, id);
    if (there !== null) throw before(there);
    const verdict = said ?? (await this.#check(scope, run));
    if ('problem' in verdict)
      throw new NexusError('RECONCILE_NEEDS_PERSON', { id, problem: verdict.problem });
    const settled = await verdicts.settle(scope, id, verdict);
    if (settled.happened !== verdict.happened || settled.note !== verdict.note) throw before(settled);
    return settled;
  }

  /** Asks the tool that the manifest declares for it, which must be one that reads. */
  async #check(
    scope: Scope,
    run: RunRecord,
  ): Promise<{ readonly happened: boolean; readonly note: string } | { readonly problem: string }> {
    const { catalogue, runner, newId } = this.#deps;
    const entry = catalogue.entries().find(({ plugin, tool }) => plugin === run.plugin && tool === run.tool);
    const check = entry?.manifest.tools[entry.tool]?.check;
    if (entry === undefined || check === undefined)
      return { problem: `no check is declared for ${run.plugin}.${run.tool}` };
    const call = followUpOf(entry, check, await this.#call(scope, run), catalogue);
    if (call === null) return { problem: `its check ${check.tool} is not there, or needs what is not known` };
    const tool = call.entry.publicName;
    if (call.entry.effect !== 'read') return { problem: `its check ${tool} is no tool that only reads` };
    const asked = { tool, args: call.args, source: 'reconcile', client: run.id, run: newId() };
    try {
      const { result } = await runner.invoke(scope, asked, nobody(run.id), AbortSignal.timeout(checkMs));
      const { happened } = fieldsOf(result);
      if (result['isError'] === true || typeof happened !== 'boolean')
        return { problem: `its check ${tool} does not say` };
      if (!happened && !isOver(run, entry))
        return { problem: `it had not happened when its check ${tool} looked, but may be under way still` };
      return { happened, note: `${tool} says so (run ${asked.run})` };
    } catch (error) {
      if (!(error instanceof NexusError) && !(error instanceof RpcError)) throw error;
      return { problem: `its check ${tool} failed: ${messageOf(error)}` };
    }
  }

  /** The call as it was made: of one without a directive what the ledger keeps, from which secrets are left out. */
  async #call(scope: Scope, run: RunRecord) {
    const directive = await this.#deps.directives.ofRun(scope, run.id);
    const key = directive?.key ?? run.id;
    if (directive !== null) {
      return { arguments: toolRunPayloadSchema.parse(directive.payload).args, result: {}, key };
    }
    const kept: unknown = run.args === null ? {} : JSON.parse(run.args);
    const args: JsonObject = isJsonObject(kept) ? kept : {};
    return { arguments: args, result: {}, key };
  }
}

const checkMs = 60_000;

/** Whether nothing works on a run any more: its process ended with the kernel or by itself. A "not yet" is a "no" only then. */
function isOver({ error }: RunRecord, { manifest }: ToolEntry): boolean {
  const isProcess = !('url' in manifest.source);
  return isProcess && /^(?:The kernel stopped|PLUGIN_CRASHED)/.test(error ?? '');
}

function before({ run, happened, user, actor }: RunVerdict): NexusError {
  const verdict = happened ? 'it happened' : 'it did not happen';
  return new NexusError('RECONCILED_BEFORE', { id: run, verdict, by: `${user} (${actor})` });
}
