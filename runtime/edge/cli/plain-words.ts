import type { Plugin } from '../../contract/api.ts';
import { inOneLine } from './terminal.ts';

/** A plugin's state as the end of "it is …". */
export function describeState(state: Plugin['state']): string {
  return state === 'error' ? 'in error' : state;
}

/** Why something is as it is, and what to do about it, as sentences in one line. */
export function describeTrouble({ reason, nextStep }: Pick<Plugin, 'reason' | 'nextStep'>): string {
  const sentences = [reason, nextStep].map((text) => inOneLine(text).trim()).filter((text) => text !== '');
  return sentences.map((text) => (/[.!?]$/.test(text) ? text : `${text}.`)).join(' ');
}

/** A change that is not in force, in one line. */
export function describePending(pending: NonNullable<Plugin['pending']>): string {
  if (pending.kind === 'starting') return 'a change is being tried; what was before serves until it works';
  return `a change is not in force, what was before serves on: ${describeTrouble(pending)}`;
}

/** Whether a change of it is being looked at or started: what it is will be known when that is over. */
export function isTried(plugin: Plugin): plugin is Plugin & { pending: NonNullable<Plugin['pending']> } {
  return plugin.pending?.kind === 'starting';
}
