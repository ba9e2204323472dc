import { NexusError } from '../../../base/errors.ts';

const mebibyte = 1024 * 1024;
/** No manifest and no call needs more; MCP has the same limit. */
const usualMib = 4;
/** Of routes that take files, by the kind of body, in MiB. What comes in a form is in memory as a whole. */
const larger: Readonly<Record<string, number>> = {
  '/api/files multipart/form-data': 32,
  '/api/plugins multipart/form-data': 64,
  '/api/plugins application/octet-stream': 512,
};

/**
 * Refuses a body that is too large before anything of it is read; Node ends a request whose body is longer than its
 * Content-Length. A body of unknown length is refused too: clients of an API of small JSON texts all send it.
 */
export function checkSize(path: string, headers: Readonly<Record<string, string | undefined>>): void {
  const type = headers['content-type']?.split(';', 1)[0]?.trim() ?? '';
  const limit = (larger[`${path} ${type}`] ?? usualMib) * mebibyte;
  if (headers['transfer-encoding'] !== undefined) {
    throw new NexusError('REQUEST_INVALID', { problem: 'it has no Content-Length' });
  }
  if (Number(headers['content-length'] ?? 0) > limit) {
    throw new NexusError('REQUEST_TOO_LARGE', { limit });
  }
}
