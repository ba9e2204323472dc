// Entry of a worker thread: encrypts or decrypts one text with a passphrase, in the age format (https://age-encryption.org/v1).
import { parentPort, workerData } from 'node:worker_threads';
import { armor, Decrypter, Encrypter } from 'age-encryption';
import { messageOf } from '../base/errors.ts';
import type { AgeTask } from './age-text.ts';

const task: AgeTask = workerData;
parentPort?.postMessage(await work(task), []);

async function work({ kind, text, passphrase }: AgeTask): Promise<{ text: string } | { problem: string }> {
  if (kind === 'encrypt') {
    const encrypter = new Encrypter();
    encrypter.setPassphrase(passphrase);
    return { text: armor.encode(await encrypter.encrypt(text)) };
  }
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return { text: await decrypter.decrypt(armor.decode(text), 'text') };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
