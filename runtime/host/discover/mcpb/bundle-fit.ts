import type { BundleManifest } from './bundle-manifest.ts';

/** Why something cannot run here, and what would help. */
export interface Obstacle {
  readonly problem: string;
  readonly todo: string;
}

/** The machine a bundle is to run on. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Version of the Node.js that runs `node` servers, as `24.1.0`. */
  readonly node: string;
}

const platformNames: Readonly<Record<string, string>> = {
  darwin: 'macOS',
  win32: 'Windows',
  linux: 'Linux',
};

/** Why a bundle cannot run on this machine as far as it says itself, or undefined. */
export function bundleObstacle(manifest: BundleManifest, machine: Machine): Obstacle | undefined {
  const { server, compatibility } = manifest;
  if (server.type === 'uv') {
    return {
      problem:
        'it needs uv, which would download Python packages and run their build code outside the sandbox',
      todo: 'Ask its author for a bundle of type "python" with its packages inside, or install the server into a virtual environment and use "nexus plugin add NAME -- DIR/bin/COMMAND"',
    };
  }
  const platforms = compatibility?.platforms;
  if (platforms !== undefined && !platforms.some((name) => name === machine.platform)) {
    const names = platforms.map((name) => platformNames[name]).join(' and ');
    return {
      problem: `it is made for ${names === '' ? 'no system' : names}, and this is ${platformNames[machine.platform] ?? machine.platform}`,
      todo: 'Ask its author for a bundle for this system',
    };
  }
  const node = compatibility?.runtimes?.node;
  if (server.type === 'node' && node !== undefined && !isAtLeast(machine.node, node)) {
    return {
      problem: `it needs Node.js ${node}, and here it would run on ${machine.node}`,
      todo: 'Take a version of the bundle that runs on this Node.js',
    };
  }
  return undefined;
}

/** Judges ranges of the one form that bundles use, ">=18.0.0"; of any other it cannot tell and says yes. */
function isAtLeast(version: string, range: string): boolean {
  const wanted = /^\s*>=\s*v?(\d+)(?:\.(\d+))?(?:\.(\d+))?\s*$/.exec(range);
  if (wanted === null) return true;
  const own = version.split('.').map(Number);
  for (const [index, part] of wanted.slice(1).entries()) {
    const difference = (own[index] ?? 0) - Number(part ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
