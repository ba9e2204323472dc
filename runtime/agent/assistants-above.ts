import type { Assistants, AssistantVersion } from '../contract/assistants.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution, ExecutionStore } from '../contract/threads.ts';

export interface AboveDeps {
  readonly assistants: Pick<Assistants, 'forTurn'>;
  readonly executions: Pick<ExecutionStore, 'get'>;
}

/** The assistants of the turns that a turn works for, nearest first; none of a person's own thread. A tool is for whom all of them may use it. */
export async function assistantsAbove(
  { assistants, executions }: AboveDeps,
  scope: Scope,
  { parent }: Pick<Execution, 'parent'>,
): Promise<readonly AssistantVersion[]> {
  const above: AssistantVersion[] = [];
  for (let id = parent; id !== null;) {
    const turn = await executions.get(scope, id);
    if (turn === null) break;
    above.push(await assistants.forTurn(scope, { assistant: turn.assistant }, turn));
    id = turn.parent;
  }
  return above;
}
