import { mkdirSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { NexusError, systemCode } from './base/errors.ts';
import type { Config } from './config.ts';
import type { Sandbox } from './contract/sandbox.ts';

const mostBytes = 8 * 1_048_576;
const mostMs = 20_000;
const readerDir = join(import.meta.dirname, 'assistant-reader');
const limits = { memoryMb: 256, pids: 32, timeoutMs: mostMs, concurrency: 1, outputBytes: mostBytes };

/**
 * Reads packages of assistants: their code runs for a moment in the sandbox, without files but its own, network or
 * variables, and what it prints is data. Throws ASSISTANTS_UNREADABLE.
 */
export function assistantReader(
  { dataDir: kernelDir }: Pick<Config, 'dataDir'>,
  sandbox: () => Promise<Sandbox>,
): (folder: string) => Promise<readonly unknown[]> {
  return async (folder) => {
    const unreadable = (problem: string): NexusError =>
      new NexusError('ASSISTANTS_UNREADABLE', { folder, problem });
    if (!isAbsolute(folder)) throw unreadable('it is no absolute path');
    const dir = await realFolder(folder);
    if (dir === null) throw unreadable('there is no such folder');
    const dataDir = join(kernelDir, 'assistants');
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    await using child = await (
      await sandbox()
    ).launch(
      {
        plugin: 'assistants',
        isolation: 'sandbox',
        command: 'node',
        args: [join(readerDir, 'read.ts'), dir],
        cwd: dataDir,
        env: {},
        isFirstParty: false,
        packageDirs: [dir, readerDir],
        dataDir,
        permissions: { fs: { read: [], write: [] }, net: [], env: [], exec: false },
        limits,
      },
      AbortSignal.timeout(mostMs),
    );
    const stuck = setTimeout(() => void child.kill(), mostMs);
    child.stdin.end();
    const [said, complaint] = await Promise.all([bounded(child.stdout), bounded(child.stderr)]);
    clearTimeout(stuck);
    const { code, reason } = await child.exited;
    if (code !== 0)
      throw unreadable(reason ?? (complaint.trim().split('\n').slice(-8).join(' ') || 'it ended'));
    return z.array(z.unknown()).parse(JSON.parse(said));
  };
}

async function realFolder(folder: string): Promise<string | null> {
  try {
    return (await stat(folder)).isDirectory() ? await realpath(folder) : null;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return null;
  }
}

/** What a stream says, at most 8 MiB of it. */
async function bounded(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const data = Buffer.from(chunk);
    bytes += data.length;
    if (bytes <= mostBytes) chunks.push(data);
  }
  return Buffer.concat(chunks).toString('utf8');
}
