import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { JSONFile } from 'lowdb/node';

/** A plugin's private JSON file. Every write is a new file renamed over the old one: never half of it is seen. */
export interface Store<T> {
  /** What is stored now; the defaults where nothing is. */
  readonly read: () => Promise<T>;
  /**
   * Changes the data in place and writes it; settles with what was stored. Updates run one after the other, each upon
   * what the last one wrote, that of another process too; two processes at the very same moment are not kept apart.
   */
  readonly update: (change: (data: T) => void) => Promise<T>;
}

/** The store in `folder`, which is made when it is first written. */
export function openStore<T extends object>(folder: string, defaults: T | undefined): Store<T>;
export function openStore(folder: string, defaults: object = {}): Store<object> {
  const file = new JSONFile<object>(join(folder, 'store.json'));
  const read = async (): Promise<object> => ({ ...structuredClone(defaults), ...(await file.read()) });
  let last: Promise<unknown> = Promise.resolve();
  return {
    read: async () => {
      await last;
      return await read();
    },
    update: (change) => {
      const turn = last.then(async () => {
        const data = await read();
        change(data);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await file.write(data);
        return data;
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** Where the plugin's own files are: its host says (Agent Plugins 1.0, §9.1), else the user's data folder. */
export function dataFolderOf(
  plugin: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const own = environment['PLUGIN_DATA'];
  if (own !== undefined && own !== '') return own;
  const base = environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return join(base, 'nexus-plugins', plugin);
}
