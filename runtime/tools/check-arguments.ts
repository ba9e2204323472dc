import { NexusError } from '../base/errors.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { ToolEntry } from '../contract/tools.ts';
import { explainProblems } from './schema/problems.ts';
import { Validators } from './schema/validators.ts';

/** Makes the check of arguments against the input schemas of tools; it throws ARGUMENTS_INVALID or TOOL_SCHEMA_REFUSED. */
export function createArgumentCheck(): (entry: ToolEntry, args: JsonObject) => void {
  const validators = new Validators();
  return ({ publicName: tool, definition }, args) => {
    const problems = validators.of(definition['inputSchema'], tool).validate(args);
    if (problems !== null)
      throw new NexusError('ARGUMENTS_INVALID', { tool, problem: explainProblems(problems) });
  };
}
