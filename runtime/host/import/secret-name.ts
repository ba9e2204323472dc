import { sensitivityOf } from '../../base/sensitive-key.ts';

const lastWords = new Set(['key', 'keys', 'pat', 'auth', 'pwd', 'pass']);

/**
 * Whether what a configuration gives under this name is taken for a secret. Stricter than for logs: a harmless text
 * that is kept as a secret costs nothing, a secret that stays in a manifest does.
 */
export function isSecretName(name: string): boolean {
  if (sensitivityOf(name) !== 'none') return true;
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  const [before, last = ''] = [words.at(-2), words.at(-1)];
  if (before === 'public' && last === 'key') return false;
  // DOCKER_AUTH_CONFIG holds the logins themselves.
  return lastWords.has(last) || /passw(?:or)?d$/.test(last) || (before === 'auth' && last === 'config');
}
