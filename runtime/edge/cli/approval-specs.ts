import type { CommandSpec, OptionSpec } from './command-line.ts';
import { dataOption } from './places.ts';

const asked: Readonly<Record<string, OptionSpec>> = { json: { about: 'Print JSON' }, ...dataOption };
const none = { words: '', count: [0, 0] } as const;

/** The commands of approvals and leases. */
export const approvalSpecs: Readonly<Record<string, CommandSpec>> = {
  approvals: {
    words: '[ID]',
    count: [0, 1],
    summary: 'List what waits for an answer of yours, or show one with all its arguments',
    options: { all: { about: 'With those that were answered' }, ...asked },
    load: async () => (await import('./approvals.ts')).approvalsCommand,
  },
  approve: {
    words: 'ID',
    count: [1, 1],
    summary: 'Let the assistant do what it asked for',
    details: [
      '--lease 5/24h                             5 more runs with the same arguments, for 24 hours (h, m or d)',
      '--lease \'{"count":5,"hours":24,"arguments":{"/path":{"prefix":"docs"},"/content":{"any":true}}}\'',
      'Each argument is named by its JSON Pointer; a rule is equals, oneOf, prefix (a folder or http address), min and max, or any. Other arguments are asked about.',
    ],
    options: {
      args: { value: 'JSON', about: 'Arguments in place of those it asked for' },
      lease: { value: 'LEASE', about: 'Let later runs pass too, without a question' },
      ...asked,
    },
    load: async () => (await import('./approvals.ts')).approveCommand,
  },
  deny: {
    words: 'ID',
    count: [1, 1],
    summary: 'Do not let the assistant do what it asked for',
    options: { reason: { value: 'TEXT', about: 'Told to the assistant' }, ...asked },
    load: async () => (await import('./approvals.ts')).denyCommand,
  },
  leases: {
    ...none,
    summary: 'List what was allowed beforehand',
    options: { all: { about: 'With those that cover nothing any more' }, ...asked },
    load: async () => (await import('./leases.ts')).leasesCommand,
  },
  'leases revoke': {
    words: 'ID',
    count: [1, 1],
    summary: 'Take a lease back',
    options: asked,
    load: async () => (await import('./leases.ts')).revokeCommand,
  },
  'leases preview': {
    words: 'TOOL JSON',
    count: [2, 2],
    summary: 'Show which of the last 200 runs of a tool the rules of a lease would have covered',
    details: [
      'nexus leases preview filesystem__write_file \'{"/path":{"prefix":"docs"},"/content":{"any":true}}\'',
    ],
    options: asked,
    load: async () => (await import('./leases.ts')).previewCommand,
  },
};
