import { renameSync } from 'node:fs';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { syncFolder } from './descriptor.ts';
import { FileFault } from './faults.ts';
import { NameClaim } from './name-claim.ts';
import { guarded, pathArgument, refuseRoot, type Toolbox } from './toolbox.ts';
import type { Place } from './workspace.ts';

const inputSchema = z.strictObject({
  from: pathArgument('File, folder or link to move'),
  to: pathArgument('Its whole new path (not the folder to put it in)'),
  overwrite: z.boolean().default(false).describe('Whether a file at the new path may be replaced'),
});
const outputSchema = z.object({ from: z.string(), to: z.string() });

/** Adds the tool `move`. */
export function registerMove(server: McpServer, { workspace, changes }: Toolbox): void {
  server.registerTool(
    'move',
    {
      title: 'Move or rename',
      description:
        'Moves or renames a file, folder or link in one step, making missing folders. Replaces nothing unless told to.',
      inputSchema,
      outputSchema,
      annotations: {
        readOnlyHint: false,
        destructiveHint: true,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    async (input) =>
      await guarded(
        `${input.from}" → "${input.to}`,
        async () =>
          await changes.run(async () => {
            using from = workspace.locate(input.from, { followLast: false });
            refuseRoot(from);
            from.existing();
            using to = workspace.locate(input.to, { followLast: false, createParents: true });
            refuseRoot(to);
            await rename(from, to, input.overwrite);
            return {
              content: [{ type: 'text', text: `Moved ${from.path} to ${to.path}` }],
              structuredContent: { from: from.path, to: to.path },
            };
          }),
      ),
  );
}

async function rename(from: Place, to: Place, canReplace: boolean): Promise<void> {
  if (`${to.path}/`.startsWith(`${from.path}/`)) {
    throw new FileFault(
      'INVALID_ARGUMENT',
      `"${to.path}" is "${from.path}" itself or inside it`,
      'Choose a path outside it',
    );
  }
  const isFolder = from.existing().kind === 'folder';
  using claim = canReplace ? undefined : new NameClaim(to.folder, to.name, isFolder);
  renameSync(from.folder.child(from.name), to.folder.child(to.name));
  claim?.use();
  await syncFolder(from.folder);
  await syncFolder(to.folder);
}
