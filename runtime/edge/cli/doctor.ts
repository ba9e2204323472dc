import { arch, release, type } from 'node:os';
import type { Config } from '../../index.ts';
import { doctorSchema, type Doctor } from '../../contract/api.ts';
import type { Command } from './command-line.ts';
import type { CliDeps } from './deps.ts';
import { clientOf, findKernel } from './kernel-client.ts';
import { configOf } from './places.ts';
import { inOneLine, paint, print, printJson, printRow } from './terminal.ts';
import { readVersion } from './version.ts';

/** `nexus doctor`: the running kernel reports on itself; without one the machine is probed. */
export const doctorCommand: Command = async (given, deps) => {
  const config = configOf(given, deps);
  const isRunning = !('problem' in findKernel(config.dataDir));
  const report = isRunning
    ? await clientOf(given, deps).get('/api/doctor', doctorSchema)
    : await examine(config, deps);
  if (given.switches.has('json')) printJson(report);
  else show(report);
  return 0;
};

async function examine(config: Config, deps: CliDeps): Promise<Doctor> {
  const { tier, mechanism, probes } = await deps.probe(config);
  return {
    version: readVersion(deps.rootDir),
    running: false,
    url: null,
    pid: null,
    node: process.version,
    system: `${type()} ${release()} ${arch()}`,
    tier,
    mechanism,
    probes,
    allowUnsandboxed: config.allowUnsandboxed,
    paths: {
      program: deps.rootDir,
      data: config.dataDir,
      manifests: config.manifestsDir,
      plugins: config.pluginsDir,
      workspace: config.workspaceDir,
    },
    troubles: [],
  };
}

const tierWords: Readonly<Record<Doctor['tier'], string>> = {
  sandbox: 'enforced by the operating system',
  process: 'advisory only: a plugin that means harm is not stopped',
  worker: 'a thread of the kernel: no boundary',
};

function show(report: Doctor): void {
  const { version, node, system, url, pid, tier, mechanism, probes, paths, troubles } = report;
  print(paint('bold', `Nexus ${version}`));
  printRow('Kernel', report.running ? `runs at ${url ?? ''} (process ${pid ?? ''})` : 'does not run');
  printRow('Node', node);
  printRow('System', system);
  printRow(
    'Isolation',
    `${paint(tier === 'sandbox' ? 'green' : 'yellow', tier)} (${mechanism}): ${tierWords[tier]}`,
  );
  if (report.allowUnsandboxed) printRow('', paint('yellow', 'started with --allow-unsandboxed'));
  print(`\n${paint('bold', 'What this machine can enforce')}`);
  const width = 2 + Math.max(0, ...probes.map(({ mechanism: name }) => name.length));
  for (const probe of probes) {
    const found = probe.works ? paint('green', 'works') : `${paint('red', 'no')}: ${probe.reason}`;
    printRow(probe.mechanism, found, width);
    if (!probe.works && probe.remedy !== '') printRow('', `→ ${probe.remedy}`, width);
  }
  print(`\n${paint('bold', 'Folders')}`);
  for (const [name, path] of Object.entries(paths)) printRow(name, path);
  if (troubles.length === 0) return;
  print(`\n${paint('bold', 'Troubles')}`);
  for (const { plugin, text } of troubles) printRow(plugin, inOneLine(text));
}
