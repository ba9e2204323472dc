import { readlink } from 'node:fs/promises';

/**
 * The time zone of this machine, such as "Europe/Vienna"; null when it does not say. A plugin sees no /etc/localtime,
 * or not the link that names the zone, and "every Monday at 9" means the operator's nine o'clock.
 */
export async function findTimezone(): Promise<string | null> {
  const own = process.env['TZ'];
  if (own !== undefined && own !== '') return own;
  const target = await readlink('/etc/localtime').catch(() => '');
  return /\/zoneinfo\/(.+)$/.exec(target)?.[1] ?? null;
}
