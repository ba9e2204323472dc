import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnResolveResult, Plugin } from 'esbuild';
import { isInside } from '../contained-path.ts';

/**
 * Keeps a bundle from swallowing files that are none of the package's: what the package's own files import
 * must lie in the package, or be a module installed in a node_modules folder above it (§4.1 rule 3 of the
 * format; a bundle is readable for the plugin, so `import secret from '/home/…/key.json'` would be a leak).
 */
export function containedImports(root: string): Plugin {
  return {
    name: 'contained-imports',
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => {
        const isOwn = args.kind !== 'entry-point' && isInside(root, args.importer);
        if (!isOwn || args.pluginData === asked) return undefined;
        const { kind, importer, resolveDir, namespace } = args;
        const found = await build.resolve(args.path, {
          kind,
          importer,
          resolveDir,
          namespace,
          pluginData: asked,
        });
        if (found.errors.length > 0 || found.external || found.namespace !== 'file') return found;
        return isAllowed(root, found.path, args.path) ? found : refusal(args.path);
      });
    },
  };
}

/** Marks our own question, so that it is not answered by asking again. */
const asked = Symbol('asked');

function isAllowed(root: string, path: string, specifier: string): boolean {
  const real = realpathSync(path);
  if (isInside(root, real)) return true;
  const name = /^(?:@[^/]+\/)?[^/.@][^/]*/.exec(specifier)?.[0];
  if (name === undefined) return false;
  for (let at = dirname(root); ; at = dirname(at)) {
    const installed = join(at, 'node_modules', name);
    if (existsSync(installed) && isInside(realpathSync(installed), real)) return true;
    if (dirname(at) === at) return false;
  }
}

function refusal(specifier: string): OnResolveResult {
  return { errors: [{ text: `"${specifier}" leads out of the plugin directory` }] };
}
