import type { CatalogueEntry } from './catalogue-entry.ts';

/** Errors of durable work: directives, reconciliation, schedules, the timeline. Part of the catalogue. */
export const workErrors = {
  TASK_UNKNOWN: { status: 404, what: 'There is no task "{id}"', hint: 'Run "nexus tasks --all" for the ids' },
  DIRECTIVE_STATE: {
    status: 409,
    what: 'The directive {id} is {state}, so it cannot be {wanted}',
    hint: '{todo}',
  },
  DIRECTIVE_KEY_TAKEN: {
    status: 409,
    what: 'Another directive has the idempotency key "{key}" and wants something else',
    hint: 'Use another key',
  },
  DIRECTIVE_CANCELED: { status: 409, what: 'The directive was canceled', hint: '' },
  UNDO_UNKNOWN: {
    status: 409,
    what: 'It is not on record how the directive {id} could be taken back',
    hint: 'Only what succeeded can be taken back, when the manifest says how: tools.{tool}.undo',
  },
  SCHEDULE_INVALID: {
    status: 422,
    what: '"{when}" is no time at which something can be done: {problem}',
    hint: 'Write five cron fields such as "0 9 * * 1", a time such as 2026-12-24T18:00, or say it in words',
  },
  SCHEDULE_ACTION: {
    status: 422,
    what: 'The schedule could not do what it is for: {problem}',
    hint: 'Name a tool of "nexus tools" with arguments that fit, or a thread and an assistant that are there',
  },
  SCHEDULE_UNKNOWN: {
    status: 404,
    what: 'There is no schedule "{id}"',
    hint: 'Run "nexus schedules" for the ids',
  },
  SCHEDULE_STATE: {
    status: 409,
    what: 'The schedule {id} is {state}, so it cannot be {wanted}',
    hint: 'Read it again',
  },
  RECONCILE_NEEDS_PERSON: {
    status: 409,
    what: 'Whether tool run {id} happened is not known: {problem}',
    hint: 'Look yourself, and run "nexus reconcile {id} --happened" or "nexus reconcile {id} --not-happened"',
  },
  TIMELINE_NOT_ACCEPTED: {
    status: 409,
    what: 'The timeline is not accepted as it is: {problem}',
    hint: 'Only an end that is not the kept one can be accepted, as "nexus verify" shows it now',
  },
  RECONCILED_BEFORE: {
    status: 409,
    what: 'Tool run {id} is settled: {verdict}, says {by}',
    hint: '',
  },
} as const satisfies Record<string, CatalogueEntry>;
