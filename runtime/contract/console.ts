/** Where the console's files are, or why there are none. */
export type ConsoleState =
  | { readonly state: 'ready'; readonly dir: string }
  | { readonly state: 'building' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'absent' };

/** The web console as files to be served. */
export interface ConsoleApp {
  /** Begins to build it when its sources are newer than what was built; the first look does, not the start of the kernel. */
  look(): Promise<ConsoleState>;
}
