import { readFile } from 'node:fs/promises';

/** A process tree whose memory is watched. */
export interface WatchedTree {
  /** Host process ids of its processes. */
  members(): Promise<readonly number[]>;
  /** Ends it; `reason` is for people. */
  end(reason: string): void;
}

/** What a runtime has in memory before the plugin does anything: Node with an MCP server 35 MB. */
const RUNTIME_MB = 48;
/** One look at a plugin costs some 60 µs. */
const INTERVAL_MS = 1_000;

/**
 * Ends plugins that hold more memory than they may. RLIMIT_DATA stops a plugin at once, but it counts what a runtime
 * only reserves, so that it has to leave room for a whole worker thread of Node; this counts what is really used.
 */
export class MemoryWatch implements Disposable {
  readonly #trees = new Map<WatchedTree, number>();
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;

  /** Watches a tree until the returned function is called. */
  add(tree: WatchedTree, memoryMb: number): () => void {
    this.#trees.set(tree, memoryMb + RUNTIME_MB);
    this.#timer ??= setInterval(() => void this.tick(), INTERVAL_MS).unref();
    return () => {
      this.#trees.delete(tree);
      if (this.#trees.size === 0) this[Symbol.dispose]();
    };
  }

  /** Looks at every tree once; not again before that is done. Never rejects. */
  async tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    await Promise.all([...this.#trees].map(([tree, limitMb]) => look(tree, limitMb)));
    this.#ticking = false;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

async function look(tree: WatchedTree, limitMb: number): Promise<void> {
  const sizes = await Promise.all((await tree.members()).map(ownMemoryMb));
  const usedMb = sizes.reduce((sum, size) => sum + size, 0);
  if (usedMb > limitMb)
    tree.end(
      `it used ${Math.round(usedMb)} MB of memory, and limits.memoryMb allows it ${limitMb - RUNTIME_MB} beside the ${RUNTIME_MB} of its runtime`,
    );
}

/** Memory that is a process's alone; 0 when it is gone. */
async function ownMemoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
