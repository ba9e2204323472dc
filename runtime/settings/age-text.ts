import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { NexusError } from '../base/errors.ts';

export interface AgeTask {
  readonly kind: 'encrypt' | 'decrypt';
  readonly text: string;
  readonly passphrase: string;
}

const answerSchema = z.union([z.object({ text: z.string() }), z.object({ problem: z.string() })]);

/** Encrypts a text with a passphrase; the answer is an armored age file, which `age --decrypt` opens too. */
export function encryptWithPassphrase(text: string, passphrase: string): Promise<string> {
  return run({ kind: 'encrypt', text, passphrase });
}

/** Throws SETTINGS_FILE_INVALID when the passphrase is another one, or the file is none or was changed. */
export function decryptWithPassphrase(text: string, passphrase: string): Promise<string> {
  return run({ kind: 'decrypt', text, passphrase });
}

/** In a thread of its own: the key of a passphrase takes a second of computing and 256 MiB, which go with the thread. */
async function run(task: AgeTask): Promise<string> {
  const worker = new Worker(new URL('age-worker.ts', import.meta.url), { workerData: task });
  try {
    const [message]: unknown[] = await once(worker, 'message');
    const answer = answerSchema.parse(message);
    if ('text' in answer) return answer.text;
    const problem = `it cannot be decrypted (${answer.problem})`;
    throw new NexusError('SETTINGS_FILE_INVALID', {
      problem,
      todo: 'Check the passphrase, and that it is whole',
    });
  } finally {
    await worker.terminate();
  }
}
