import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';

/** A self-signed certificate for one name, made for one test run. */
export async function makeCertificate(t: Test, name: string): Promise<{ key: string; cert: string }> {
  const dir = t.testdir({});
  const [keyPath, certPath] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const files = ['-keyout', keyPath, '-out', certPath];
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, ...names, ...files]);
  return { key: await readFile(keyPath, 'utf8'), cert: await readFile(certPath, 'utf8') };
}
