import type { CatalogueEntry } from './catalogue-entry.ts';

/** Errors of the agent: models and conversations. Part of the catalogue. */
export const agentErrors = {
  // models
  MODEL_NOT_CONFIGURED: { status: 424, what: 'No model can be asked: {problem}', hint: '{todo}' },
  MODEL_AUTH: {
    status: 502,
    what: 'The provider of {model} does not accept the account: {problem}',
    hint: 'Check the key with "nexus settings get models.{provider}.apiKey", and the credit of its account',
  },
  MODEL_RATE_LIMITED: {
    status: 429,
    what: 'The provider of {model} takes no more requests for now: {problem}',
    hint: 'Try again later, or choose another model',
  },
  MODEL_OVERLOADED: {
    status: 503,
    what: 'The provider of {model} cannot answer at present: {problem}',
    hint: 'Try again later, or choose another model',
  },
  MODEL_CONTEXT_TOO_LONG: {
    status: 413,
    what: 'The conversation is longer than {model} can read: {problem}',
    hint: 'Shorten it, or choose a model with a larger context',
  },
  MODEL_TIMEOUT: {
    status: 504,
    what: 'The provider of {model} was silent for {timeoutMs} ms',
    hint: 'Try again, or raise the setting models.timeoutMs',
  },
  MODEL_UNREACHABLE: {
    status: 502,
    what: 'The connection to the provider of {model} failed: {problem}',
    hint: 'Check that it is up and can be reached from this machine',
  },
  MODEL_REFUSED_REQUEST: {
    status: 422,
    what: 'The provider of {model} refused the request: {problem}',
    hint: 'Check the name of the model with "nexus models list"',
  },
  PRICE_INVALID: {
    status: 422,
    what: 'The setting models.prices has a line that is no price: {problem}',
    hint: 'Write "provider/model INPUT OUTPUT [CACHE_READ CACHE_WRITE] [from=DAY]" in dollars for a million tokens',
  },
  CONTEXT_INVALID: {
    status: 422,
    what: 'The setting models.contexts has a line that is no context: "{line}"',
    hint: 'Write "provider/model TOKENS"',
  },
  PRICE_UNKNOWN: {
    status: 402,
    what: 'The price of {model} is not known, so no budget can be kept with it',
    hint: 'Add it with "nexus settings set models.prices", or set budgets.unknownPrice to allow',
  },
  BUDGET_EXCEEDED: {
    status: 402,
    what: 'The budget of {kind} "{subject}" is {limit} a day; {spent} of it is spent or reserved, and this call can cost {asked}',
    hint: 'It renews at {renewsAt}; to raise it run "nexus settings set {key} DOLLARS"',
  },

  // conversations
  APPROVAL_UNKNOWN: {
    status: 404,
    what: 'There is no approval "{approval}"',
    hint: 'Run "nexus approvals" for what is open',
  },
  APPROVAL_ANSWERED: {
    status: 409,
    what: 'Approval {approval} is {state} already, by {by}',
    hint: 'Run "nexus approvals {approval}" for what was answered',
  },
  APPROVAL_EXPIRED: { status: 410, what: 'Approval {approval} has expired', hint: 'Ask the agent again' },
  APPROVAL_STALE: {
    status: 409,
    what: 'Approval {approval} is over: {tool} is not the tool any more that was asked about',
    hint: 'Look at what changed with "nexus plugin health {plugin}"; the agent has to ask again',
  },
  LEASE_UNKNOWN: { status: 404, what: 'There is no lease "{lease}"', hint: 'Run "nexus leases" for the ids' },
  LEASE_INVALID: {
    status: 422,
    what: 'A lease of {tool} cannot be granted: {problem}',
    hint: 'Name each argument by its JSON Pointer with equals, oneOf, prefix, min and max, or any',
  },
  THREAD_UNKNOWN: { status: 404, what: 'There is no thread "{thread}"', hint: 'Ask for the list of threads' },
  THREAD_TRASHED: {
    status: 409,
    what: 'The thread {thread} is in the trash',
    hint: 'Take it out with POST /api/threads/{thread}/restore or in the console, or begin another one',
  },
  MESSAGE_UNKNOWN: {
    status: 404,
    what: 'There is no message "{message}" of a person in the thread {thread}',
    hint: 'Ask for the messages of the thread',
  },
  THREAD_BUSY: {
    status: 409,
    what: 'A turn of the thread {thread} is not over',
    hint: 'Wait for it, answer what it asks, or cancel it',
  },
  TURN_CANCELED: { status: 409, what: 'The turn was canceled', hint: 'What it did until then is kept' },
  TURN_STOPPED: {
    status: 409,
    what: 'The turn was stopped: {reason}',
    hint: 'What it did until then is kept; say how to go on, or raise the limit',
  },
  ANSWER_TOO_LONG: {
    status: 422,
    what: 'The answer was cut off after {tokens} tokens, the longest an answer may be',
    hint: 'Ask for the rest of it, or for less at once',
  },
  CONTEXT_FULL: {
    status: 413,
    what: 'The conversation is longer than {model} can read, and cannot be shortened further: {problem}',
    hint: 'Say less at once, begin a new thread, disable plugins whose tools are not needed, or choose a model with a larger context',
  },
  ANSWER_REFUSED: {
    status: 422,
    what: 'The model {model} refused to answer',
    hint: 'Ask in other words, or choose another model',
  },
  EXECUTION_STATE: {
    status: 409,
    what: 'The turn {execution} is {state}, so it cannot become {wanted}',
    hint: 'Read it again; somebody else was faster',
  },
} as const satisfies Record<string, CatalogueEntry>;
