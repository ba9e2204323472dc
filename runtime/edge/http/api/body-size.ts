import { NexusError } from '../../../base/errors.ts';

/** No manifest and no call needs more; MCP has the same limit. */
const limitBytes = 4 * 1024 * 1024;

/**
 * Refuses a body that is too large before anything of it is read; Node ends a request whose body is longer than its
 * Content-Length. A body of unknown length is refused too: clients of an API of small JSON texts all send it.
 */
export function checkSize(headers: Readonly<Record<string, string | undefined>>): void {
  if (headers['transfer-encoding'] !== undefined) {
    throw new NexusError('REQUEST_INVALID', { problem: 'it has no Content-Length' });
  }
  if (Number(headers['content-length'] ?? 0) > limitBytes) {
    throw new NexusError('REQUEST_TOO_LARGE', { limit: limitBytes });
  }
}
