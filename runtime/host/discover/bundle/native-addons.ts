import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** What a compiled addon must fit: it is bundled again on another machine or with another Node. */
export const platform = [process.platform, process.arch, process.versions.modules].join('-');

/** What stands in metafiles before modules that are no files. */
export const addonNamespace = 'native-addon';

/**
 * Puts compiled addons beside the bundle. Packages that carry theirs find it with `node-gyp-build`, which looks
 * around in the package when it runs; here it is found now, so that the plugin sees the one file it needs. Nothing of the
 * package is run for that.
 */
export function nativeAddons(): Plugin {
  return {
    name: 'native-addons',
    setup(build) {
      build.onResolve({ filter: /^node-gyp-build$/ }, ({ resolveDir }) => ({
        path: resolveDir,
        namespace: addonNamespace,
      }));
      build.onLoad({ filter: /.*/, namespace: addonNamespace }, ({ path: packageDir }) => {
        const addon = findAddon(packageDir);
        if (addon === undefined) {
          return { errors: [{ text: `${packageDir} carries no compiled addon for ${platform}` }] };
        }
        return {
          contents: `module.exports = () => require(${JSON.stringify(addon)});`,
          resolveDir: packageDir,
        };
      });
    },
  };
}

/** Names and tags as `prebuildify` gives them: prebuilds/linux-x64/name.abi137.glibc.node. */
function findAddon(packageDir: string): string | undefined {
  const dir = join(packageDir, 'prebuilds', `${process.platform}-${process.arch}`);
  if (!existsSync(dir)) return undefined;
  const otherLibc = existsSync('/etc/alpine-release') ? 'glibc' : 'musl';
  const fitting = readdirSync(dir).filter((name) => {
    const [kind, ...tags] = name.split('.').toReversed();
    const isForThisNode = tags.includes(`abi${process.versions.modules}`) || tags.includes('napi');
    return kind === 'node' && isForThisNode && !tags.includes(otherLibc);
  });
  return fitting.map((name) => join(dir, name))[0];
}
