import { homedir } from 'node:os';
import { systemCode } from '../../base/errors.ts';
import type { Risk } from '../../contract/consent.ts';
import type { Manifest } from '../../contract/manifest.ts';
import type { Tier } from '../../contract/sandbox.ts';
import { isInside, realPathOf } from '../discover/contained-path.ts';
import { fillPaths, spellEntry, type PathPlaces } from '../discover/placeholders.ts';

interface Question {
  readonly isSo: boolean;
  readonly yes: string;
  readonly no: string;
}

/**
 * How much a plugin could do if it were hostile: one point for being there, and one for each of five things that
 * would help it to do harm. `tier` is what is in force; null while nothing runs, then the manifest's minimum counts.
 */
export function riskOf(manifest: Manifest, tier: Tier | null, places: PathPlaces): Risk {
  const isRemote = 'url' in manifest.source;
  const points = questions(manifest, tier, places).map(({ isSo, yes, no }) => ({
    points: isSo ? 1 : 0,
    text: isSo ? yes : no,
  }));
  const base = isRemote ? 'It sees the arguments of every call of its tools' : 'It runs code on this machine';
  const lines = [{ points: 1, text: base }, ...points];
  return { score: lines.reduce((sum, line) => sum + line.points, 0), lines };
}

function questions(
  { permissions, isolation, source, settings }: Manifest,
  tier: Tier | null,
  places: PathPlaces,
): readonly Question[] {
  const { fs, net, env, exec } = permissions;
  const isRemote = 'url' in source;
  const paths = [...fs.read, ...fs.write];
  const spelled = (entries: readonly string[], about: 'fs' | 'net'): string =>
    entries.map((entry) => spellEntry(entry, about, places)).join(', ');
  const held = tier ?? isolation;
  const headers = 'headers' in source ? Object.keys(source.headers) : [];
  const own = Object.keys(settings).filter((key) => settings[key]?.sensitive === true);
  const home = !isRemote && fillPaths(paths, places).some(holdsHome) ? ['your whole home folder'] : [];
  const secrets = [...home, ...env, ...headers, ...own];
  return [
    {
      isSo: !isRemote && paths.length > 0,
      yes: `It reaches files beyond its own: ${spelled(paths, 'fs')}`,
      no: 'It reaches no files but its own',
    },
    {
      isSo: isRemote || net.length > 0,
      yes: isRemote
        ? 'It runs on another machine, so what it is sent leaves this one'
        : `It reaches the network: ${spelled(net, 'net')}`,
      no: 'It reaches no network',
    },
    {
      isSo: secrets.length > 0,
      yes: `It is given what may be secret: ${secrets.join(', ')}`,
      no: 'It is given no secrets',
    },
    {
      isSo: !isRemote && exec,
      yes: 'It may start other programs',
      no: 'It may not start other programs',
    },
    {
      isSo: !isRemote && held !== 'sandbox',
      yes: `It is held by "${held}" isolation, which is no boundary`,
      no: isRemote ? 'It is not on this machine' : 'It is held by the sandbox',
    },
  ];
}

/** Keys of other programs lie there, and what people keep for themselves. */
function holdsHome(path: string): boolean {
  try {
    return isInside(realPathOf(path), realPathOf(homedir()));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    // Where it leads cannot be looked at: the worst is assumed.
    return true;
  }
}
