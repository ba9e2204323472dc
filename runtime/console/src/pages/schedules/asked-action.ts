import type { NewSchedule } from '../../../../contract/schedules.ts';
import { isRecord } from '../../api/api-error.ts';

const titleChars = 80;

/** What a schedule is called until somebody calls it something else. */
export function titleOf(action: NewSchedule['action']): string {
  return (action.kind === 'prompt' ? action.text : action.tool).slice(0, titleChars);
}

/** The arguments as they were typed; null when that is no JSON object. */
export function argumentsIn(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) ? { ...read } : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}
