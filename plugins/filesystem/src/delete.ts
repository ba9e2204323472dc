import { rmdirSync, unlinkSync } from 'node:fs';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { pinFolder, syncFolder, type Descriptor } from './descriptor.ts';
import { FileFault, systemCode } from './faults.ts';
import { readEntries } from './folder-entries.ts';
import { takeTurn } from './take-turn.ts';
import { guarded, pathArgument, refuseRoot, type Toolbox } from './toolbox.ts';

/** Entries removed by one call; a folder that someone keeps filling must not hold it forever. */
const MAX_REMOVED = 1_000_000;
const MAX_DEPTH = 256;
const BATCH_SIZE = 1_000;

const inputSchema = z.strictObject({
  path: pathArgument('File, folder or link'),
  recursive: z.boolean().default(false).describe('Needed for a folder: deletes everything in it too'),
});
const outputSchema = z.object({ path: z.string(), removed: z.int().describe('Files, folders and links') });

/** Adds the tool `delete`. */
export function registerDelete(server: McpServer, { workspace, changes }: Toolbox): void {
  server.registerTool(
    'delete',
    {
      title: 'Delete',
      description:
        'Deletes a file or a link, or with "recursive" a folder and everything in it. There is no way back.',
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    async (input, context) =>
      await guarded(
        input.path,
        async () =>
          await changes.run(async () => {
            using place = workspace.locate(input.path, { followLast: false });
            refuseRoot(place);
            if (place.existing().kind === 'folder' && !input.recursive) {
              throw new FileFault(
                'INVALID_ARGUMENT',
                `"${place.path}" is a folder`,
                'Set "recursive" to true to delete it',
              );
            }
            const removal = new Removal(input.recursive, context.mcpReq.signal);
            await removal.remove(place.folder, place.name, 0);
            await syncFolder(place.folder);
            const output = { path: place.path, removed: removal.count };
            const text = `Deleted ${place.path} (${removal.count} ${removal.count === 1 ? 'entry' : 'entries'})`;
            return { content: [{ type: 'text', text }], structuredContent: output };
          }),
      ),
  );
}

class Removal {
  count = 0;
  readonly #isRecursive: boolean;
  readonly #signal: AbortSignal;

  constructor(isRecursive: boolean, signal: AbortSignal) {
    this.#isRecursive = isRecursive;
    this.#signal = signal;
  }

  /** Removes one name. Only what is a real folder when it is opened is entered, never what a link points to. */
  async remove(folder: Descriptor, name: string, depth: number): Promise<void> {
    try {
      unlinkSync(folder.child(name));
    } catch (error) {
      if (systemCode(error) !== 'EISDIR' || !this.#isRecursive) throw error;
      await this.#empty(folder, name, depth);
      rmdirSync(folder.child(name));
    }
    this.count += 1;
    if (this.count % BATCH_SIZE === 0) await takeTurn(this.#signal);
  }

  async #empty(parent: Descriptor, name: string, depth: number): Promise<void> {
    using folder = pinFolder(parent, name);
    if (folder === undefined || depth === MAX_DEPTH || this.count >= MAX_REMOVED) {
      throw new FileFault(
        folder === undefined ? 'CHANGED_MEANWHILE' : 'TOO_LARGE',
        `Stopped after deleting ${this.count} entries: a folder in it changed, or it is too large or too deep`,
        'Call again to go on, or delete its folders one by one',
      );
    }
    for (;;) {
      const batch = readEntries(folder, BATCH_SIZE);
      if (batch.length === 0 || this.count >= MAX_REMOVED) return;
      for (const entry of batch) await this.remove(folder, entry.name, depth + 1);
    }
  }
}
