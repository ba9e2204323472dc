import type { Launch } from '../prepare-options.ts';
import { missingDependencies } from './dependencies.ts';
import type { DependencyStore } from './dependency-store.ts';

/**
 * The launch of a program whose package in `dir` names packages that are not there: they are found where they were
 * installed, or a warning says how to do that. It may be that the code does without them.
 */
export function withDependencies(
  launch: Launch,
  plugin: string,
  dir: string,
  store: DependencyStore,
): Launch {
  if (launch.command !== 'node') return launch;
  const missing = missingDependencies(dir);
  if (missing.length === 0) return launch;
  const installed = store.get(plugin, dir);
  if (installed === undefined) {
    const warning = `It names packages that are not installed (${missing.join(', ')}): run "nexus plugin install-deps ${plugin}" if it does not start`;
    return { ...launch, warnings: [...launch.warnings, warning] };
  }
  const { treeHash, scriptsSkipped } = installed.record;
  return {
    ...launch,
    args: ['--require', installed.hook, ...launch.args],
    packageDirs: [...launch.packageDirs, installed.dir],
    how: [launch.how, treeHash],
    warnings:
      scriptsSkipped.length === 0
        ? launch.warnings
        : [
            ...launch.warnings,
            `Install scripts are never run; these packages have some: ${scriptsSkipped.join(', ')}`,
          ],
  };
}
