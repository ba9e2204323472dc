import { NexusError } from '../../base/errors.ts';
import { hostAndPort } from '../../contract/manifest.ts';

const defaultPorts: Readonly<Record<string, string>> = {
  'https:': '443',
  'http:': '80',
  'wss:': '443',
  'ws:': '80',
};

/**
 * The `host:port` an entry of permissions.net stands for once it is filled in; of a URL those of its address. Throws
 * SETTING_INVALID, naming the entry as it is written.
 */
export function grantedHost(entry: string, filled: string): string {
  if (entry === filled || hostAndPort.test(filled)) return filled;
  const url = URL.parse(filled);
  const port = url === null ? undefined : url.port || defaultPorts[url.protocol];
  if (url === null || url.hostname === '' || port === undefined) {
    const key = `used in permissions.net as "${entry}"`;
    throw new NexusError('SETTING_INVALID', { key, problem: 'must give host:port or a URL' });
  }
  return `${url.hostname}:${port}`;
}
