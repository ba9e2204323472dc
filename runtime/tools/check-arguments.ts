import type { JsonObject } from '../contract/plugins.ts';
import type { ToolEntry } from '../contract/tools.ts';

/** placeholder until schema/ lands */
export class ArgumentChecks {
  check = (_entry: ToolEntry, _args: JsonObject): void => {};
}
