import type { Trust } from '../../../../contract/memories.ts';
import type { Tone } from '../../parts/state-pill.tsx';

/** How it is shown who stands behind a text. */
export function trustLook(trust: Trust): { readonly tone: Tone; readonly label: string } {
  if (trust === 'person') return { tone: 'good', label: 'you stand behind it' };
  if (trust === 'assistant') return { tone: 'off', label: 'noted by an assistant' };
  return { tone: 'warn', label: 'of unknown origin' };
}
