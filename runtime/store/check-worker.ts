// Entry of a worker thread: checks the database file it is given and answers with the first problem, or null.
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { messageOf } from '../base/errors.ts';
import { quickCheck } from './database.ts';
import { saysDamaged } from './sqlite-error.ts';

parentPort?.postMessage(check(String(workerData)), []);

function check(file: string): string | null {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return quickCheck(db);
  } catch (error) {
    if (saysDamaged(error)) return messageOf(error);
    throw error;
  } finally {
    db.close();
  }
}
