import type { CatalogueEntry } from './catalogue-entry.ts';

/** Errors of assistants, what they keep in mind, and sub-agents. Part of the catalogue. */
export const personaErrors = {
  ASSISTANT_UNKNOWN: {
    status: 404,
    what: 'There is no assistant "{assistant}"',
    hint: 'There are {known}; "nexus assistants" says more',
  },
  ASSISTANT_INVALID: {
    status: 422,
    what: 'The assistant "{assistant}" is not defined right: {problem}',
    hint: 'See docs/assistants.md for what a definition holds',
  },
  ASSISTANTS_UNREADABLE: {
    status: 422,
    what: 'The package of assistants {folder} cannot be read: {problem}',
    hint: 'Correct it, or take it out of the setting assistants.packages',
  },
  MEMORY_UNKNOWN: {
    status: 404,
    what: 'There is no memory "{memory}"',
    hint: 'Run "nexus memories" for those there are',
  },
  MEMORY_OF_PERSON: {
    status: 403,
    what: 'Only a person may take the memory {memory} away: one stands behind it, or foreign text was read here',
    hint: 'Ask them, or have them run "nexus memories forget {memory}"',
  },
  MEMORY_FILE_CHANGED: {
    status: 409,
    what: 'The file {path} is not, or is no longer, what was seen',
    hint: 'Read it again before you vouch for it',
  },
  SKILL_UNKNOWN: {
    status: 404,
    what: 'There is no skill "{skill}"',
    hint: 'Use one of those you were told of',
  },
  SUB_AGENT_LIMIT: {
    status: 409,
    what: 'No further sub-agent can be started: {problem}',
    hint: 'Do it yourself, or wait until one is done; the limit is the setting agent.{key}',
  },
} as const satisfies Record<string, CatalogueEntry>;
