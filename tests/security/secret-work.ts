import type { Test } from 'tap';
import { z } from 'zod';
import { approvalSchema } from '../../runtime/contract/approvals.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import type { KernelProcess } from '../fixtures/kernel-process.ts';

const left = /\[secret plugin\.keeper\.TOKEN\]/;
const rules = { '/text': { any: true } };

/**
 * Leaves a secret in everything that is kept to be told or done later: what is only told has it left out, and what
 * would be run with it is refused. `asked` is a tool of plugin `keeper` that a person must allow.
 */
export async function keepSecret(t: Test, kernel: KernelProcess, secret: string): Promise<void> {
  const { send } = apiOf(kernel);
  const text = `it is ${secret}`;
  const remembered = await send('POST', '/api/memories', { text });
  t.match(remembered, { status: 201, body: { text: left } });
  const signal = { name: 'a.b', subject: secret, data: { [secret]: [text] } };
  t.match(await send('POST', '/api/signals', signal), { status: 201, body: { subject: left } });
  const plan = { title: text, when: '0 9 * * *' };
  const said = await send('POST', '/api/schedules', { ...plan, action: { kind: 'prompt', text } });
  t.match(said, { status: 201, body: { title: left, action: { text: left } } });
  const done = { kind: 'tool', tool: 'keeper__asked', args: { text: secret } };
  t.match(await send('POST', '/api/schedules', { ...plan, action: done }), {
    status: 422,
    body: { error: { code: 'SCHEDULE_ACTION', message: /own settings/ } },
  });
  await askWithSecret(t, kernel, secret);
}

async function askWithSecret(t: Test, kernel: KernelProcess, secret: string): Promise<void> {
  const { get, send, refused } = apiOf(kernel);
  await send('PUT', '/api/settings/approvals.waitSeconds', { value: 60 });
  const call = () => send('POST', '/api/call', { tool: 'keeper.asked', arguments: { text: secret, n: 1 } });
  const pending = async () => {
    for (let look = 0; look < 400; look += 1) {
      const [found] = await get('/api/approvals?state=PENDING', z.array(approvalSchema));
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('nothing is asked');
  };
  const grant = { count: 1, hours: 1 };
  const answers = [
    [{ args: { text: `not ${secret}` } }, 'ARGUMENTS_SECRET'],
    [{ args: { text: '[secret plugin.keeper.TOKEN]', n: 2 } }, 'ARGUMENTS_SECRET'],
    [{ lease: grant }, 'LEASE_INVALID'],
    [{ lease: { ...grant, arguments: { '/text': { oneOf: [secret] } } } }, 'LEASE_INVALID'],
  ] as const;
  const known = { status: 200, body: { result: { content: [{ text: 'known' }] } } };
  let called = call();
  const { id, args } = await pending();
  t.match(args, { text: left, n: 1 }, 'the question tells which secret it is, not the secret');
  for (const [answer, code] of answers) {
    const said = await refused('POST', `/api/approvals/${id}`, { decision: 'allow', ...answer });
    t.match(said, { status: 422, code });
  }
  t.match(await send('POST', `/api/approvals/${id}`, { decision: 'allow' }), { status: 200 });
  t.match(await called, known, 'the tool gets what its caller sent');
  called = call();
  const denial = { decision: 'deny', reason: `not with ${secret}` };
  t.match(await send('POST', `/api/approvals/${(await pending()).id}`, denial), { body: { reason: left } });
  t.match(await called, { status: 403 });
  const lease = { tool: 'keeper__asked', ...grant, arguments: { ...rules, '/n': { equals: 1 } } };
  t.match(await send('POST', '/api/leases', lease), { status: 201 });
  t.match(await call(), known, 'a lease for whatever is in it covers it');
}
