import { catalogue, type ErrorCode } from '../../base/error-catalogue.ts';
import { NexusError } from '../../base/errors.ts';
import { errorBodySchema } from '../../contract/api.ts';

/** The error the kernel answered; its own words, whatever the version of the kernel. */
export function errorOf(answer: unknown, status: number): NexusError {
  const parsed = errorBodySchema.safeParse(answer);
  if (!parsed.success)
    return new NexusError('KERNEL_ANSWER', { problem: `status ${status}`, todo: 'See its log' });
  const { code, message, data } = parsed.data.error;
  const known = isErrorCode(code) ? new NexusError(code, data) : undefined;
  if (known?.message === message) return known;
  // Its words end with what to do.
  return new NexusError('KERNEL_ANSWER', { problem: message.replace(/\.$/, ''), todo: '' });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code);
}
