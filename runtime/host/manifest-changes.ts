import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../contract/manifest.ts';

/** Keys that say how a plugin is treated; a running process need not know of a change of them. */
const policyKeys = ['enabled', 'tools', 'prefix', 'start', 'idleStopMs', 'health'] as const;

/** Whether a process started under one manifest may serve under the other. */
export function isSameLaunch(a: Manifest, b: Manifest): boolean {
  return isDeepStrictEqual(launchOf(a), launchOf(b));
}

/** Whether clients are shown other names or other tools. */
export function isOfferedOtherwise(a: Manifest, b: Manifest): boolean {
  return a.prefix !== b.prefix || !isDeepStrictEqual(a.tools, b.tools);
}

/** The manifest `running` with the policy of `wanted`. */
export function withPolicyOf(running: Manifest, wanted: Manifest): Manifest {
  const { enabled, tools, prefix, start, idleStopMs, health } = wanted;
  return { ...running, enabled, tools, prefix, start, idleStopMs, health };
}

/** Whether `after` takes a right away that `before` gave: then what runs with that right must not go on. */
export function takesRightsAway(before: Manifest, after: Manifest): boolean {
  const [old, now] = [before.permissions, after.permissions];
  return (
    isLost(old.fs.write, now.fs.write) ||
    isLost(old.fs.read, [...now.fs.read, ...now.fs.write]) ||
    isLost(old.net, now.net) ||
    isLost(old.env, now.env) ||
    (old.exec && !now.exec) ||
    (before.isolation !== 'sandbox' && after.isolation === 'sandbox')
  );
}

function launchOf(manifest: Manifest): Partial<Manifest> {
  const launch: Partial<Manifest> = { ...manifest };
  for (const key of policyKeys) delete launch[key];
  return launch;
}

function isLost(had: readonly string[], has: readonly string[]): boolean {
  return had.some((one) => !has.includes(one));
}
