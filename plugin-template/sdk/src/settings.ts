import { homedir } from 'node:os';
import { SettingProblem } from './setting-problem.ts';

/** One setting, in the shape of an MCPB `user_config` option; the manifest declares the same for the host. */
export interface SettingDeclaration {
  readonly type: 'string' | 'number' | 'boolean' | 'directory' | 'file';
  /** Its name in forms. */
  readonly title: string;
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean | readonly string[];
  /** Several directories or files. */
  readonly multiple?: boolean;
  /** A secret: handed out under `secrets` and kept out of the log. */
  readonly sensitive?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly format?: 'url' | 'port';
  /** The only values allowed. */
  readonly choices?: readonly string[];
}

export type SettingDeclarations = Readonly<Record<string, SettingDeclaration>>;

type TypeOf<D> = D extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : D extends { readonly multiple: true }
    ? readonly string[]
    : D extends { readonly type: 'number' }
      ? number
      : D extends { readonly type: 'boolean' }
        ? boolean
        : string;
type ValueOf<D> = D extends { readonly required: true } | { readonly default: unknown }
  ? TypeOf<D>
  : TypeOf<D> | undefined;

/** The values of those settings that are no secrets, typed by their declarations. */
export type SettingsOf<S> = {
  readonly [K in keyof S as S[K] extends { readonly sensitive: true } ? never : K]: ValueOf<S[K]>;
};
/** The values of those that are. */
export type SecretsOf<S> = {
  readonly [K in keyof S as S[K] extends { readonly sensitive: true } ? K : never]: ValueOf<S[K]>;
};

type Environment = Readonly<Record<string, string | undefined>>;
type Value = string | number | boolean | readonly string[];

/** Everything that was set, secrets apart. */
export interface SettingValues<Settings, Secrets> {
  readonly settings: Settings;
  /** Not enumerable, so that no spread, JSON text or log line takes them along by accident. */
  readonly secrets: Secrets;
  /** The texts of all secrets, for the log to leave out. */
  readonly secretTexts: readonly string[];
  /** What is missing or not as declared, in words. */
  readonly problems: readonly string[];
}

/**
 * Reads the declared settings: Nexus passes all of them as one JSON object in NEXUS_SETTINGS, any other client each
 * in a variable of its own name.
 */
export function readSettings<S extends SettingDeclarations>(
  declarations: S | undefined,
  environment: Environment,
): SettingValues<SettingsOf<S>, SecretsOf<S>>;
export function readSettings(
  declarations: SettingDeclarations | undefined,
  environment: Environment,
): SettingValues<Readonly<Record<string, Value>>, Readonly<Record<string, Value>>> {
  const given = readGiven(environment['NEXUS_SETTINGS']);
  const settings: Record<string, Value> = {};
  const secrets: Record<string, Value> = {};
  const secretTexts: string[] = [];
  const problems: string[] = [];
  for (const [key, declaration] of Object.entries(declarations ?? {})) {
    try {
      const value = readValue(declaration, given?.[key] ?? environment[key], environment);
      if (value === undefined) {
        if (declaration.required === true) problems.push(missing(key, declaration));
      } else if (declaration.sensitive === true) {
        Object.defineProperty(secrets, key, { value, enumerable: false });
        secretTexts.push(String(value));
      } else settings[key] = value;
    } catch (error) {
      if (!(error instanceof SettingProblem)) throw error;
      problems.push(`The setting ${key} ${error.message}`);
    }
  }
  return { settings, secrets, secretTexts, problems };
}

function readGiven(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  const given: unknown = JSON.parse(text);
  return typeof given === 'object' && given !== null ? Object.fromEntries(Object.entries(given)) : undefined;
}

function missing(key: string, { title }: SettingDeclaration): string {
  return `The setting ${key} (${title}) is missing; set it in Nexus, or elsewhere as the environment variable ${key}`;
}

function readValue(
  declaration: SettingDeclaration,
  given: unknown,
  environment: Environment,
): Value | undefined {
  if (given === undefined || given === null || given === '')
    return fillPlaces(declaration.default, environment);
  if (declaration.multiple === true) return readTexts(given);
  if (declaration.type === 'number') return readNumber(declaration, given);
  if (declaration.type === 'boolean') return readBoolean(given);
  return readText(declaration, given);
}

/** Nexus fills these in before it passes a default on; other clients pass nothing. */
function fillPlaces(value: Value | undefined, environment: Environment): Value | undefined {
  if (typeof value === 'object') return value.map((one) => String(fillPlaces(one, environment)));
  if (typeof value !== 'string') return value;
  const workspace = environment['NEXUS_WORKSPACE'] ?? process.cwd();
  return value.replaceAll('${home}', homedir()).replaceAll('${workspace}', workspace);
}

function readText({ choices, format }: SettingDeclaration, given: unknown): string {
  if (typeof given !== 'string') throw new SettingProblem('must be text');
  if (choices !== undefined && !choices.includes(given))
    throw new SettingProblem(`must be one of ${choices.join(', ')}`);
  if (format === 'url' && !URL.canParse(given)) throw new SettingProblem('must be a URL');
  if (format === 'port') readPort(given);
  return given;
}

function readNumber({ min, max, format }: SettingDeclaration, given: unknown): number {
  const number = typeof given === 'number' ? given : Number(String(given).trim() || Number.NaN);
  if (!Number.isFinite(number)) throw new SettingProblem('must be a number');
  if (min !== undefined && number < min) throw new SettingProblem(`must be at least ${min}`);
  if (max !== undefined && number > max) throw new SettingProblem(`must be at most ${max}`);
  if (format === 'port') readPort(String(number));
  return number;
}

function readPort(text: string): void {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new SettingProblem('must be a port from 1 to 65535');
}

function readBoolean(given: unknown): boolean {
  if (given === true || given === 'true' || given === '1') return true;
  if (given === false || given === 'false' || given === '0') return false;
  throw new SettingProblem('must be true or false');
}

/** Several paths: a list, or in a variable of the environment a JSON list or one path. */
function readTexts(given: unknown): readonly string[] {
  if (typeof given === 'string' && given.startsWith('[')) return readTexts(parseJson(given));
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.map((one) => {
    if (typeof one !== 'string') throw new SettingProblem('must be a list of texts');
    return one;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SettingProblem('must be a JSON list of texts', { cause: error });
  }
}
