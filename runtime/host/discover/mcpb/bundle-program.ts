import type { Archive } from './archive.ts';
import type { BundleManifest } from './bundle-manifest.ts';

/** Formats of programs, of which each system runs one. */
export type ProgramFormat = 'elf' | 'mach-o' | 'pe';

/** Programs of a binary bundle; archives made on Windows do not mark them. */
export function programsOf({ server }: BundleManifest): ReadonlySet<string> {
  if (server.type !== 'binary') return new Set();
  const commands = [server.mcp_config, ...Object.values(server.mcp_config.platform_overrides ?? {})];
  const named = [server.entry_point, ...commands.flatMap(({ command }) => command ?? [])];
  return new Set(named.map((file) => file.replace(/^(?:\$\{__dirname\}|\.)\//, '')));
}

/** The format of what a binary bundle starts on this system; undefined for scripts and what is not in it. */
export async function programFormat(
  manifest: BundleManifest,
  archive: Archive,
): Promise<ProgramFormat | undefined> {
  const { server } = manifest;
  const { platform_overrides: overrides = {}, command } = server.mcp_config;
  const started = overrides[process.platform]?.command ?? command;
  const named = started.replace(/^(?:\$\{__dirname\}|\.)\//, '');
  const file = server.type === 'binary' ? archive.files.get(named) : undefined;
  if (file === undefined) return undefined;
  for await (const chunk of await archive.read(file)) {
    if (Buffer.isBuffer(chunk)) return formatOf(chunk);
  }
  return undefined;
}

function formatOf(start: Buffer): ProgramFormat | undefined {
  const magic = start.toString('latin1', 0, 4);
  if (magic === '\u007fELF') return 'elf';
  if (magic.startsWith('MZ')) return 'pe';
  const word = start.length < 4 ? 0 : start.readUInt32BE(0);
  const isMach = [0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe].includes(word);
  return isMach ? 'mach-o' : undefined;
}
