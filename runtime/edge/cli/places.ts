import type { Config, ConfigOptions } from '../../index.ts';
import { readNumber, type Given, type OptionSpec } from './command-line.ts';
import type { CliDeps } from './deps.ts';

/** The option that says which kernel is meant. */
export const dataOption: Readonly<Record<string, OptionSpec>> = {
  data: { value: 'DIR', about: "The kernel's data directory (data in the program's folder)" },
};

/** The options that say where everything is. */
export const placeOptions: Readonly<Record<string, OptionSpec>> = {
  ...dataOption,
  manifests: { value: 'DIR', about: 'Folder of the manifests (manifests)' },
  plugins: { value: 'DIR', about: 'Folder of plugin packages (plugins)' },
  workspace: { value: 'DIR', about: 'Folder that ${workspace} in permissions stands for (workspace)' },
  'allow-unsandboxed': {
    about: 'Start plugins that ask for a sandbox even where this machine cannot enforce one',
  },
};

/** The configuration that the place options describe. */
export function configOf({ values, switches }: Given, { readConfig }: CliDeps): Config {
  const { port } = values;
  if (port !== undefined) readNumber('port', port, 0, 65_535);
  const options: ConfigOptions = {
    port,
    data: values['data'],
    manifests: values['manifests'],
    plugins: values['plugins'],
    workspace: values['workspace'],
    env: values['env'],
    allowUnsandboxed: switches.has('allow-unsandboxed'),
  };
  return readConfig(options);
}
