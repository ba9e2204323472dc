import { NexusError } from '../base/errors.ts';

/** Throws USAGE when a limit is not a whole number from 1 to `most`. */
export function checkLimit(limit: number, most: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return;
  throw new NexusError('USAGE', { problem: `the limit is ${limit}, not 1 to ${most}` });
}
