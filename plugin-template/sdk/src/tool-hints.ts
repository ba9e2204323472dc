import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { CommandDefinition, Effect } from './definition.ts';
import { metaNames } from './meta-names.ts';

const annotationsOf: Readonly<Record<Effect, ToolAnnotations>> = {
  read: { readOnlyHint: true },
  idempotent: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  reversible: { readOnlyHint: false, destructiveHint: false },
  irreversible: { readOnlyHint: false, destructiveHint: true },
};

/** What clients and the host are told of a tool beside its schema (MCP 2025-11-25, "ToolAnnotations"). */
export function hintsOf(
  tool: string,
  { effect, approval }: { readonly effect?: Effect; readonly approval?: 'always' },
  commands: Readonly<Record<string, CommandDefinition>>,
): { readonly annotations?: ToolAnnotations; readonly _meta?: Record<string, unknown> } {
  const own = Object.entries(commands)
    .filter(([, command]) => command.tool === tool)
    .map(([name, { tool: _tool, ...rest }]) => ({ name, ...rest }));
  const meta = {
    ...(own.length > 0 && { [metaNames.commands]: own }),
    ...(approval !== undefined && { [metaNames.approval]: approval }),
  };
  return {
    ...(effect !== undefined && { annotations: annotationsOf[effect] }),
    ...(Object.keys(meta).length > 0 && { _meta: meta }),
  };
}
