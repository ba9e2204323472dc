import { canonicalJson } from '../../base/canonical-json.ts';
import type { HeldChange } from '../../contract/consent.ts';
import type { Isolation, Limits, Manifest, Permissions } from '../../contract/manifest.ts';
import { fillPaths, type PathPlaces } from '../discover/placeholders.ts';
import { looserPolicies, type Policies } from './policies.ts';
import { visible } from './readable.ts';
import { namedDefaults } from './setting-defaults.ts';

interface HealthCall {
  readonly tool: string;
  readonly arguments: Manifest['health']['arguments'];
}

/** What a plugin may do and use up. */
export interface Grants extends Pick<Manifest, 'permissions' | 'limits' | 'isolation'> {
  /** What the settings that permissions name stand for while nobody has set them, as JSON. */
  readonly defaults: Readonly<Record<string, string>>;
  /** How single tools are treated. */
  readonly policies: Policies;
  /** Settings that are secrets; none when absent. */
  readonly secrets?: readonly string[] | undefined;
  /** What is called unasked to check it; undefined when nobody knows what was agreed to. */
  readonly health?: HealthCall | null | undefined;
}

/** What a manifest grants. */
export function grantsOf({
  permissions,
  limits,
  isolation,
  settings,
  tools: policies,
  health: check,
}: Manifest) {
  const health = check.tool === undefined ? null : { tool: check.tool, arguments: check.arguments };
  const secrets = Object.keys(settings).filter((key) => settings[key]?.sensitive === true);
  const defaults = namedDefaults(permissions, settings);
  const grants = { permissions, limits, isolation, policies, defaults, health };
  return secrets.length === 0 ? grants : { ...grants, secrets };
}

const strength: Readonly<Record<Isolation, number>> = { sandbox: 2, process: 1, worker: 0 };
const unlimited = 'no limit';

/**
 * What `asked` grants beyond `granted`, one change for each path, host, variable, number and tool. Less than was granted is
 * no change: a folder in a granted folder, a host that a wildcard covers, a smaller limit.
 */
export function wideningsOf(granted: Grants, asked: Grants, places: PathPlaces): readonly HeldChange[] {
  return [
    ...widerPermissions(granted.permissions, asked.permissions, places),
    ...openedSecrets(granted.secrets ?? [], asked.secrets ?? []),
    ...otherCheck(granted.health, asked.health),
    ...otherDefaults(granted.defaults, asked.defaults),
    ...higherLimits(granted.limits, asked.limits),
    ...looserPolicies(granted.policies, asked.policies),
    ...(strength[asked.isolation] < strength[granted.isolation]
      ? [
          changeOf('permission', 'isolation', {
            before: granted.isolation,
            after: asked.isolation,
            text: `It accepts "${asked.isolation}" isolation, where "${granted.isolation}" was agreed to`,
          }),
        ]
      : []),
  ];
}

function* widerPermissions(
  granted: Permissions,
  asked: Permissions,
  places: PathPlaces,
): Iterable<HeldChange> {
  for (const [access, covered, verb] of [
    ['read', [...granted.fs.read, ...granted.fs.write], 'read'],
    ['write', granted.fs.write, 'read and write'],
  ] as const) {
    for (const path of asked.fs[access]) {
      if (covered.some((folder) => coversPath(folder, path, places))) continue;
      yield more(`fs ${access} ${path}`, `It wants to ${verb} ${path}`, granted.fs[access], asked.fs[access]);
    }
  }
  for (const entry of asked.net) {
    if (granted.net.some((one) => coversHost(one, entry))) continue;
    yield more(`net ${entry}`, `It wants to connect to ${entry}`, granted.net, asked.net);
  }
  for (const name of asked.env) {
    if (granted.env.includes(name)) continue;
    yield more(`env ${name}`, `It wants the environment variable ${name}`, granted.env, asked.env);
  }
  if (asked.exec && !granted.exec) yield more('exec', 'It wants to start other programs', [], ['exec']);
}

function* otherDefaults(granted: Grants['defaults'], asked: Grants['defaults']): Iterable<HeldChange> {
  for (const [key, after] of Object.entries(asked)) {
    const before = Object.hasOwn(granted, key) ? (granted[key] ?? null) : null;
    if (before === after) continue;
    const text = `Its permissions name the setting ${key}, which stands for ${after} while nobody sets it`;
    yield changeOf('permission', `settings ${key}`, { before, after, text });
  }
}

/** One that is not declared at all counts too: who declares it again later would be given what was kept as a secret. */
function* openedSecrets(granted: readonly string[], asked: readonly string[]): Iterable<HeldChange> {
  for (const key of granted) {
    if (asked.includes(key)) continue;
    const text = `Setting ${key} would no longer be a secret`;
    yield changeOf('permission', `settings.${key}.sensitive`, { before: 'true', after: null, text });
  }
}

function* otherCheck(granted: Grants['health'], asked: Grants['health']): Iterable<HeldChange> {
  // To be asked by the protocol only is no more than was agreed to.
  if (granted === undefined || asked == null) return;
  const [before, after] = [granted, asked].map((one) => (one === null ? null : visible(canonicalJson(one))));
  if (before === after) return;
  const text = `Tool "${visible(asked.tool)}" would be called unasked, again and again, to check it: ${after ?? ''}`;
  yield changeOf('permission', 'health.tool', { before: before ?? null, after: after ?? null, text });
}

function* higherLimits(granted: Limits, asked: Limits): Iterable<HeldChange> {
  const names = new Set<keyof Limits>([...keysOf(granted), ...keysOf(asked)]);
  for (const name of names) {
    // A limit that is absent limits nothing.
    const [had, has] = [granted[name] ?? Infinity, asked[name] ?? Infinity];
    if (has <= had) continue;
    const [before, after] = [had, has].map((value) => (value === Infinity ? unlimited : String(value)));
    const text = `It wants ${name} ${after ?? ''}, where ${before ?? ''} was agreed to`;
    yield changeOf('limit', name, { before: before ?? null, after: after ?? null, text });
  }
}

/** What people set decides where such an entry leads, so it is covered by none but itself. */
function isSetByPeople(entry: string): boolean {
  return entry.includes('${settings.');
}

/** Whether a path lies in what was granted; both as they are written. */
function coversPath(granted: string, path: string, places: PathPlaces): boolean {
  if (granted === path) return true;
  if (isSetByPeople(granted) || isSetByPeople(path)) return false;
  const [folder = '', inner = ''] = fillPaths([granted, path], places);
  return isWithin(folder, inner);
}

/** Whether a host that is allowed by `entry` is allowed by `granted` as well; both as `host:port`. */
function coversHost(granted: string, entry: string): boolean {
  if (isSetByPeople(granted) || isSetByPeople(entry)) return granted === entry;
  const [had, has] = [splitHost(granted), splitHost(entry)];
  if (had.port !== '*' && had.port !== has.port) return false;
  if (!had.host.startsWith('*.')) return had.host === has.host;
  // "*.example.org" does not cover "example.org" itself, and addresses have no subdomains.
  return has.host === had.host || (!isAddress(has.host) && has.host.endsWith(had.host.slice(1)));
}

function splitHost(entry: string): { readonly host: string; readonly port: string } {
  const colon = entry.lastIndexOf(':');
  return { host: entry.slice(0, colon).toLowerCase(), port: entry.slice(colon + 1) };
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || /^[\d.]+$/.test(host);
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function keysOf(limits: Limits): readonly (keyof Limits)[] {
  return Object.keys(limits).filter((key): key is keyof Limits => key in limits);
}

function more(
  subject: string,
  text: string,
  before: readonly string[],
  after: readonly string[],
): HeldChange {
  return changeOf('permission', subject, { before: listed(before), after: listed(after), text });
}

function listed(items: readonly string[]): string | null {
  return items.length === 0 ? null : items.join('\n');
}

function changeOf(
  kind: HeldChange['kind'],
  subject: string,
  said: Pick<HeldChange, 'before' | 'after' | 'text'>,
): HeldChange {
  return { kind, subject, diff: '', ...said };
}
