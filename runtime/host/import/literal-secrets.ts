import { redactText } from '../../base/redact.ts';
import { sensitivityOf } from '../../base/sensitive-key.ts';
import type { WrittenOption } from './candidate.ts';

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
    if (!isSecret(name, value)) return [[name, value] as const];
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
      const [, scheme = '', secret = value] = /^((?:Bearer|Basic|Token)\s+)(.+)$/i.exec(value) ?? [];
      return [name, `${scheme}${moves.move(name, `Header ${name}`, secret)}`];
    }),
  );
}

/** Arguments without literal secrets: `--api-key VALUE`, `--api-key=VALUE`, and what looks like a secret itself. */
export function clearArgs(args: readonly string[], moves: SecretMoves): string[] {
  return args.map((arg, index) => {
    const [, flag, attached] = /^(-{1,2}[\w.-]+)=(.*)$/s.exec(arg) ?? [];
    if (flag !== undefined && attached !== undefined && isSecret(flag, attached))
      return `${flag}=${moves.move(flag, `Argument ${flag}`, attached)}`;
    const before = args[index - 1] ?? '';
    const isValue = /^-{1,2}[\w.-]+$/.test(before) && !arg.startsWith('-');
    if (isValue && isSecret(before, arg)) return moves.move(before, `Argument ${before}`, arg);
    return looksSecret(arg) ? moves.move(`argument_${index + 1}`, `Argument ${index + 1}`, arg) : arg;
  });
}

/** An address without a password or secret parameters. */
export function clearUrl(text: string, moves: SecretMoves): string {
  const url = URL.parse(text);
  if (url === null) return text;
  let cleared = text;
  for (const [name, value] of url.searchParams) {
    if (!isSecret(name, value)) continue;
    const written = moves.move(name, `Parameter ${name}`, value);
    cleared = cleared.replace(
      new RegExp(`([?&]${RegExp.escape(name)}=)[^&#]*`),
      (_, start: string) => `${start}${written}`,
    );
  }
  if (url.password !== '') {
    const written = moves.move('password', `Password of ${url.host}`, url.password);
    cleared = cleared.replace(/(:\/\/[^/@:]*:)[^/@]*@/, (_, start: string) => `${start}${written}@`);
  }
  return cleared;
}

function isSecret(name: string, value: string): boolean {
  if (value === '' || isPlaceholder(value)) return false;
  return sensitivityOf(name) !== 'none' || looksSecret(value);
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
