import { readConfig, rootDir } from './config.ts';
import { runCli } from './edge/cli/main.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  rootDir,
  readConfig,
  serve: async (config) => (await import('./serve.ts')).serve(config),
  run: async (config, file, signal) => (await import('./run-plugin.ts')).runPlugin(config, file, signal),
  probe: async (config) => (await import('./index.ts')).probeMachine(config),
});
