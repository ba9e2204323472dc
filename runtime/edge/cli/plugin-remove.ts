import { dependenciesSchema, removalSchema } from '../../contract/import.ts';
import { wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { tell } from './plugin-add.ts';
import { print, printJson } from './terminal.ts';

/** `nexus plugin remove`. */
export const removeCommand: Command = async (given, deps) => {
  const path = `/api/plugins/${encodeURIComponent(wordAt(given, 0))}`;
  const query = given.switches.has('purge') ? '?purge=true' : '';
  const removal = await clientOf(given, deps).delete(`${path}${query}`, removalSchema);
  if (given.switches.has('json')) printJson(removal);
  else {
    for (const what of removal.removed) print(`Removed ${what}`);
    for (const what of removal.kept) print(`Kept ${what}; --purge removes what nobody else uses`);
  }
  return 0;
};

/** `nexus plugin install-deps`. */
export const installDependenciesCommand: Command = async (given, deps) => {
  const name = wordAt(given, 0);
  const path = `/api/plugins/${encodeURIComponent(name)}/install-deps`;
  const done = await clientOf(given, deps).postLong(path, undefined, dependenciesSchema, tell);
  if (given.switches.has('json')) printJson(done);
  else {
    const { packages } = done;
    print(
      packages.length === 0
        ? `No package of ${name} is missing`
        : `Installed for ${name}: ${packages.join(', ')}`,
    );
    for (const spec of done.scriptsSkipped) print(`The install script of ${spec} was not run`);
  }
  return 0;
};
