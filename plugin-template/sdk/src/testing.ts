export type { CallOutcome, CallOptions } from './testing/conversation.ts';
export { openPlugin, type Attempt, type OpenOptions, type OpenPlugin } from './testing/open-plugin.ts';
