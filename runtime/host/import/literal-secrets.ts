import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { redactText } from '../../base/redact.ts';
import type { WrittenOption } from './candidate.ts';
import { isSecretName } from './secret-name.ts';

/** Collects secrets under keys that are free. */
export class SecretMoves {
  readonly settings: Record<string, WrittenOption> = {};
  readonly values: Record<string, string> = {};
  readonly #taken: ReadonlySet<string>;

  /** `taken` are keys the source declares itself. */
  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** Moves one secret; the answer is what stands for it. */
  move(wantedKey: string, title: string, value: string): string {
    const key = this.#freeKey(wantedKey, value);
    this.settings[key] = { type: 'string', title, sensitive: true, required: true };
    this.values[key] = value;
    return `\${settings.${key}}`;
  }

  #freeKey(wanted: string, value: string): string {
    const key = wanted.replaceAll(/[^A-Za-z0-9_]+/g, '_').replaceAll(/^_+|_+$/g, '') || 'secret';
    const named = /^[A-Za-z]/.test(key) ? key : `key_${key}`;
    for (let number = 1; ; number++) {
      const free = number === 1 ? named : `${named}_${number}`;
      if (this.values[free] === value) return free;
      if (!this.#taken.has(free) && this.values[free] === undefined) return free;
    }
  }
}

/** Environment variables without literal secrets. A variable is given by a setting of its own name. */
export function clearEnv(env: Readonly<Record<string, string>>, moves: SecretMoves): Record<string, string> {
  const entries = Object.entries(env).flatMap(([name, value]) => {
    if (!isSecret(name, value)) return [[name, clearUrl(value, moves)] as const];
    const written = moves.move(name, name, value);
    // A setting with the name of a variable becomes that variable by itself.
    return written === `\${settings.${name}}` && isVariableName(name) ? [] : [[name, written] as const];
  });
  return Object.fromEntries(entries);
}

/** HTTP headers without literal secrets; the scheme of "Authorization: Bearer …" stays readable. */
export function clearHeaders(
  headers: Readonly<Record<string, string>>,
  moves: SecretMoves,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!isSecret(name, value)) return [name, value];
      return [name, moveBehindScheme(name, `Header ${name}`, value, moves)];
    }),
  );
}

function moveBehindScheme(key: string, title: string, value: string, moves: SecretMoves): string {
  const [, scheme = '', secret = value] = /^((?:Bearer|Basic|Token)\s+)(.+)$/i.exec(value) ?? [];
  return `${scheme}${moves.move(key, title, secret)}`;
}

/**
 * Arguments without literal secrets: `--api-key VALUE`, `--api-key=VALUE`, `-e API_KEY=VALUE`, `--header "X-Key: VALUE"`,
 * addresses, and what looks like a secret itself.
 */
export function clearArgs(args: readonly string[], moves: SecretMoves): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? '';
    const isValue = /^-{1,2}[\w.-]+$/.test(before) && !arg.startsWith('-');
    if (isValue && isSecret(before, arg)) return moves.move(before, `Argument ${before}`, arg);
    const cleared = clearNamed(clearUrl(arg, moves), moves);
    return looksSecret(cleared) ? moves.move(`argument_${index + 1}`, `Argument ${index + 1}`, arg) : cleared;
  });
}

/** `NAME=VALUE` and `NAME: VALUE`, also within one another as in `--env=NAME=VALUE`. */
function clearNamed(text: string, moves: SecretMoves, depth = 4): string {
  const [, start, name, value] = /^((-{0,2}[\w.-]+)(?:=|:(?!\/\/)\s*))(.+)$/s.exec(text) ?? [];
  if (start === undefined || name === undefined || value === undefined || depth === 0) return text;
  if (isSecret(name, value)) return start + moveBehindScheme(name, `Argument ${name}`, value, moves);
  return start + clearNamed(clearUrl(value, moves), moves, depth - 1);
}

/** An address without a password or secret parameters. What is moved stays encoded, as it is filled in that way. */
export function clearUrl(text: string, moves: SecretMoves): string {
  const [, scheme, authority, path, rest] = /^([a-z][\w+.-]*:\/\/)([^/?#]*)([^?#]*)(.*)$/is.exec(text) ?? [];
  if (scheme === undefined || authority === undefined || path === undefined || rest === undefined)
    return text;
  const parameters = rest.split(/([?&;#])/).map((part) => {
    const [, start = '', value = ''] = /^([^=]*=)(.*)$/s.exec(part) ?? [];
    const name = decoded(start.slice(0, -1));
    return isSecret(name, value) ? start + moves.move(name, `Parameter ${name}`, value) : part;
  });
  return scheme + clearLogin(scheme, authority, moves) + path + parameters.join('');
}

/** `user:password@host`, and `token@host` as web addresses have it. */
function clearLogin(scheme: string, authority: string, moves: SecretMoves): string {
  const end = authority.lastIndexOf('@');
  if (end <= 0) return authority;
  const [login, host] = [authority.slice(0, end), authority.slice(end + 1)];
  const colon = login.indexOf(':');
  const password = login.slice(colon + 1);
  const isSecretLogin = colon === -1 ? /^https?:/i.test(scheme) : password !== '';
  if (!isSecretLogin || isPlaceholder(password)) return authority;
  const written = moves.move('password', `Password of ${host}`, password);
  return `${login.slice(0, colon + 1)}${written}@${host}`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // Not encoded at all.
    return name;
  }
}

function isSecret(name: string, value: string): boolean {
  if (value === '' || isPlaceholder(value)) return false;
  return (isSecretName(name) && !isPlain(value)) || looksSecret(value);
}

/** What stands under names such as `--key` and `--auth` without being secret. */
function isPlain(value: string): boolean {
  return /^(?:true|false|none)$/i.test(value) || (isAbsolute(value) && existsSync(value));
}

function looksSecret(value: string): boolean {
  return !isPlaceholder(value) && redactText(value) !== value;
}

/** What is filled in elsewhere, and what README files write where a secret goes. */
function isPlaceholder(value: string): boolean {
  return /\$\{[^}]+\}/.test(value);
}

/** Whether a setting of this key is set in the environment under its own name. */
export function isVariableName(key: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(key);
}
