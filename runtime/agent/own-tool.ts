import { ownPrefix } from '../contract/manifest.ts';
import { z } from 'zod';
import { NexusError } from '../base/errors.ts';
import type { ModelTool } from '../contract/models.ts';
import type { JsonObject } from '../contract/plugins.ts';
import type { Scope } from '../contract/scope.ts';
import type { Execution } from '../contract/threads.ts';

export interface OwnCall {
  readonly execution: Execution;
  /** Id of the call: what a turn that was cut off does again must not be done twice. */
  readonly call: string;
  readonly args: JsonObject;
}

/** A tool that the agent has by itself, for what only the kernel can know or do. None of them has an effect outside it. */
export interface OwnTool {
  readonly definition: ModelTool;
  readonly isReading: boolean;
  /** What the model is told. Throws a NexusError for it to read. */
  readonly run: (scope: Scope, call: OwnCall) => Promise<string>;
}

interface OwnToolSpec<Schema extends z.ZodType> {
  /** Without the prefix. */
  readonly name: string;
  readonly description: string;
  readonly input: Schema;
  readonly isReading?: boolean;
  readonly run: (scope: Scope, args: z.infer<Schema>, call: OwnCall) => Promise<string>;
}

export function ownTool<Schema extends z.ZodType>(spec: OwnToolSpec<Schema>): OwnTool {
  const name = `${ownPrefix}${spec.name}`;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(spec.input, { io: 'input' });
  return {
    definition: { name, description: spec.description, inputSchema },
    isReading: spec.isReading ?? false,
    run: async (scope, call) => {
      const args = spec.input.safeParse(call.args);
      if (args.success) return await spec.run(scope, args.data, call);
      const [issue] = args.error.issues;
      const problem = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
      throw new NexusError('ARGUMENTS_INVALID', { tool: name, problem });
    },
  };
}
