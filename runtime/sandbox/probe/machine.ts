import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ProbeResult } from '../../contract/sandbox.ts';
import type { BubblewrapFeatures } from '../bubblewrap/arguments.ts';
import { launchInBubblewrap } from '../bubblewrap/launch.ts';
import type { LaunchTools } from '../launch-tools.ts';
import { INSIDE } from '../own-root.ts';
import { launchWithLandlock, type LandlockFeatures } from '../perl/landlock.ts';
import { launchInNamespaces, type NamespaceFeatures } from '../perl/namespaces.ts';
import { PERL } from '../perl/spawn.ts';
import { landlockVersion } from '../perl/version.ts';
import { attempt, probePolicy } from './attempt.ts';
import { type Explanation, explainNamespaces } from './explain.ts';

/** What each mechanism can do here; null where it does not work. */
export interface Capabilities {
  readonly bubblewrap: BubblewrapFeatures | null;
  readonly namespaces: NamespaceFeatures | null;
  readonly landlock: LandlockFeatures | null;
}
export type MechanismName = keyof Capabilities;

/** What was found out about this machine. */
export interface Verdict extends Capabilities {
  readonly probes: readonly ProbeResult[];
}

/** Mechanisms from the strongest to the weakest. */
export const MECHANISMS: readonly MechanismName[] = ['bubblewrap', 'namespaces', 'landlock'];

/** Before Linux 6.2 Landlock let any file be truncated. */
const LANDLOCK_NEEDED = 3;

interface Found<Features> {
  readonly features: Features | null;
  readonly explanation: Explanation;
}
const FINE: Explanation = { reason: '', remedy: '' };

/** Launches a real probe through every mechanism at once. */
export async function probeMachine(tools: LaunchTools): Promise<Verdict> {
  const [bubblewrap, namespaces, landlock] = await Promise.all([
    probeBubblewrap(tools),
    probeNamespaces(tools),
    probeLandlock(tools),
  ]);
  const found = { bubblewrap, namespaces, landlock };
  return {
    bubblewrap: bubblewrap.features,
    namespaces: namespaces.features,
    landlock: landlock.features,
    probes: MECHANISMS.map((mechanism) => ({
      mechanism,
      works: found[mechanism].features !== null,
      ...found[mechanism].explanation,
    })),
  };
}

/** Where bubblewrap is; null when it is not installed. */
export async function findBubblewrap(): Promise<string | null> {
  const places = (process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter);
  for (const place of places.filter(isAbsolute)) {
    const path = join(place, 'bwrap');
    if (await isExecutable(path)) return path;
  }
  return null;
}

async function probeBubblewrap(tools: LaunchTools): Promise<Found<BubblewrapFeatures>> {
  const path = await findBubblewrap();
  if (path === null) {
    return {
      features: null,
      explanation: {
        reason: 'bubblewrap is not installed',
        remedy: 'Install it: "apt install bubblewrap", "dnf install bubblewrap" or "apk add bubblewrap"',
      },
    };
  }
  let message = '';
  for (const variant of [
    {},
    { proc: false },
    { disableUserns: false },
    { proc: false, disableUserns: false },
  ]) {
    const features: BubblewrapFeatures = { path, proc: true, disableUserns: true, ...variant };
    const problem = await attempt(() => launchInBubblewrap(probePolicy(INSIDE.prlimit), features, tools));
    if (problem === null) return { features, explanation: FINE };
    message ||= problem;
    if (/Unknown option/.test(problem)) {
      return {
        features: null,
        explanation: {
          // `--bind-fd` came with 0.10, and into older distributions with the fix of CVE-2024-42472.
          reason: `${path} is too old: ${problem}`,
          remedy: 'Install bubblewrap 0.10 or newer, or the security update of your distribution',
        },
      };
    }
  }
  return { features: null, explanation: await explainNamespaces(message) };
}

async function probeNamespaces(tools: LaunchTools): Promise<Found<NamespaceFeatures>> {
  if (!(await isExecutable(PERL))) return { features: null, explanation: NO_PERL };
  let message = '';
  for (const features of [{ proc: true }, { proc: false }]) {
    const problem = await attempt(() => launchInNamespaces(probePolicy(INSIDE.prlimit), features, tools));
    if (problem === null) return { features, explanation: FINE };
    message ||= problem;
  }
  return { features: null, explanation: await explainNamespaces(message) };
}

async function probeLandlock(tools: LaunchTools): Promise<Found<LandlockFeatures>> {
  if (!(await isExecutable(PERL))) return { features: null, explanation: NO_PERL };
  const version = await landlockVersion();
  if (version < LANDLOCK_NEEDED) {
    return {
      features: null,
      explanation: {
        reason:
          version < 1
            ? 'the Linux kernel has no Landlock, or it is switched off'
            : `Landlock has version ${version} here, and before version ${LANDLOCK_NEEDED} any file could be truncated`,
        remedy: 'Run Linux 6.2 or newer, with "landlock" in the "lsm=" list of its command line',
      },
    };
  }
  const features = { version };
  const problem = await attempt(() =>
    launchWithLandlock(probePolicy(tools.closure.prlimitPath), features, tools),
  );
  if (problem === null) return { features, explanation: FINE };
  return {
    features: null,
    explanation: { reason: problem, remedy: 'Report it with the output of "nexus doctor"' },
  };
}

const NO_PERL: Explanation = {
  reason: `${PERL} is not installed`,
  remedy: 'Install perl-base, or better bubblewrap',
};

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
