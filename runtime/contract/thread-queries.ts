/** Which threads are asked for. */
export interface ThreadQuery {
  /** Only threads whose title, or one of whose messages, has these words. */
  readonly search?: string;
  readonly deleted?: boolean;
  /** Those of people when absent. */
  readonly kind?: 'user' | 'tool';
  /** Only those of sub-agents that this turn started. */
  readonly parent?: string;
  /** Id of the last thread of the page before. */
  readonly before?: string;
  readonly limit: number;
}

/** Which messages of a thread are asked for. */
export interface MessageQuery {
  /** Only those before the message with this id. */
  readonly before?: string;
  /** Only those after the message with this id. */
  readonly after?: string;
  readonly pinned?: boolean;
  /** Those that were cut off when an earlier one was edited, instead of those that are there. */
  readonly deleted?: boolean;
  /** The earliest that are found instead of the latest. */
  readonly first?: boolean;
  readonly limit: number;
}

/** What stands for the beginning of a thread when it grew too long for models. */
export interface ThreadSummary {
  readonly summary: string;
  /** Id of the last message that it stands for. */
  readonly through: string;
}
