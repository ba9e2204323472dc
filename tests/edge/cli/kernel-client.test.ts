import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { KernelClient } from '../../../runtime/edge/cli/kernel-client.ts';

const errorBody = (code: string, message: string): object => ({ error: { code, message } });

await t.test('what a kernel of another version answers is told in its words, with one hint', async (t) => {
  let answer: unknown;
  const server = createServer((_req, res) => res.writeHead(500).end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const data = t.testdir({});
  writeFileSync(
    join(data, 'kernel.json'),
    JSON.stringify({ url: `http://127.0.0.1:${port}`, pid: process.pid }),
  );
  writeFileSync(join(data, 'token'), 'token\n');
  const told = async (given: unknown): Promise<unknown> => {
    answer = given;
    return await new KernelClient(data).get('/api/plugins', z.unknown()).catch((error: unknown) => error);
  };
  const internal = 'Something went wrong in the kernel; see its log';
  t.match(await told(errorBody('INTERNAL', internal)), {
    message: `KERNEL_ANSWER: The kernel answered: ${internal}.`,
  });
  t.match(await told(errorBody('NEW_CODE', 'NEW_CODE: It is full. Empty it.')), {
    message: 'KERNEL_ANSWER: The kernel answered: NEW_CODE: It is full. Empty it.',
  });
  t.match(await told('no error body'), {
    message: 'KERNEL_ANSWER: The kernel answered: status 500. See its log.',
  });
});
