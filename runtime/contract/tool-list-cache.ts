/** What a plugin told about itself the last time it ran, kept so that a cold kernel can list without starting it. */
export interface CachedToolList {
  /** Hash of everything the lists depend on: the plugin's code, manifest and settings. */
  readonly artifactHash: string;
  readonly plugin: string;
  /** Protocol revision it was found to speak, such as `2026-07-28`. */
  readonly era: string;
  /** Tools, resources and prompts as the plugin sent them. */
  readonly payload: unknown;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** A cache: what is not in it is asked from the plugin. It belongs to the kernel, not to a tenant, so it takes no scope. */
export interface ToolListCache {
  /** Synchronous, because the kernel reads it before it is ready. Entries that cannot be read are left out. */
  getMany(artifactHashes: readonly string[]): ReadonlyMap<string, CachedToolList>;
  get(artifactHash: string): CachedToolList | null;
  /** Keeps or replaces one entry; the oldest entries go when there are too many. Settles when committed. */
  put(entry: Omit<CachedToolList, 'updatedAt'>): Promise<void>;
}
