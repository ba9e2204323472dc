import { z } from 'zod';
import { approvalSchema, type Approval } from '../../contract/approvals.ts';
import type { LeaseGrant } from '../../contract/leases.ts';
import { readArgs } from './call.ts';
import { describe, showApproval } from './approval-words.ts';
import { usage, wordAt, type Command, type Given } from './command-line.ts';
import type { CliDeps } from './deps.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, moment, paragraph, print, printJson, printTable } from './terminal.ts';

/** `nexus approvals`: what waits for a person; with an id everything there is to know about one. */
export const approvalsCommand: Command = async (given, deps) => {
  const [id] = given.words;
  if (id !== undefined) return await showOne(given, deps, id);
  const path = given.switches.has('all') ? '/api/approvals' : '/api/approvals?state=PENDING';
  const approvals = await clientOf(given, deps).get(path, z.array(approvalSchema));
  if (given.switches.has('json')) printJson(approvals);
  else if (approvals.length === 0) print('Nothing waits for an answer.');
  else {
    printTable(
      [{ title: 'ID' }, { title: 'STATE' }, { title: 'ASKED' }, { title: 'WHAT' }],
      approvals.map((approval) => [
        approval.id,
        approval.state,
        moment(approval.createdAt, Date.now()),
        inOneLine(describe(approval)),
      ]),
    );
  }
  return 0;
};

async function showOne(given: Given, deps: CliDeps, id: string): Promise<number> {
  const approval = await clientOf(given, deps).get(pathOf(id), approvalSchema);
  if (given.switches.has('json')) {
    printJson(approval);
    return 0;
  }
  showApproval(approval);
  return 0;
}

const answer =
  (decision: 'allow' | 'deny'): Command =>
  async (given, deps) => {
    const { reason, args, lease } = given.values;
    const body = {
      decision,
      ...(reason === undefined ? {} : { reason }),
      ...(args === undefined ? {} : { args: readArgs(args) }),
      ...(lease === undefined ? {} : { lease: readLease(lease) }),
    };
    const approval = await clientOf(given, deps).post(pathOf(wordAt(given, 0)), body, approvalSchema);
    if (given.switches.has('json')) printJson(approval);
    else print(paragraph(told(approval)));
    return 0;
  };

export const approveCommand = answer('allow');
export const denyCommand = answer('deny');

const hoursOf: Readonly<Record<string, number>> = { m: 1 / 60, h: 1, d: 24 };

/** `COUNT/DURATION`, or a grant as JSON, which the kernel checks. Throws USAGE. */
export function readLease(text: string): Partial<LeaseGrant> {
  const short = /^(\d{1,4})\/(\d{1,4})([mhd])$/.exec(text);
  if (short === null) {
    if (text.startsWith('{')) return readArgs(text);
    throw usage(`--lease is "${text}", not COUNT/DURATION such as 5/24h, nor a JSON object`);
  }
  const [, count, amount, unit] = short;
  return { count: Number(count), hours: Number(amount) * (hoursOf[unit ?? ''] ?? 0) };
}

function pathOf(id: string): string {
  return `/api/approvals/${encodeURIComponent(id)}`;
}

function told(approval: Approval): string {
  return `${approval.state.toLowerCase()}: ${describe(approval)}`;
}
