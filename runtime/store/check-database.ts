import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { NexusError } from '../base/errors.ts';

/**
 * Reads every page of a database in a thread of its own, beside the kernel's work, and returns STORE_CORRUPT when
 * one is damaged. An aborted check throws the signal's reason.
 */
export async function checkDatabase(file: string, signal?: AbortSignal): Promise<NexusError | null> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL('check-worker.ts', import.meta.url), { workerData: file });
  try {
    const [problem]: unknown[] = await once(worker, 'message', signal === undefined ? {} : { signal });
    if (typeof problem !== 'string') return null;
    const todo =
      'Stop the kernel and restore a backup; the records that can still be read stay readable until then';
    return new NexusError('STORE_CORRUPT', { file, problem, todo });
  } finally {
    await worker.terminate();
  }
}
