import { z } from 'zod';
import { approvalSchema } from '../../contract/approvals.ts';
import { describe } from './chat.ts';
import { wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, moment, paragraph, print, printJson, printTable } from './terminal.ts';

/** `nexus approvals`: what waits for a person. */
export const approvalsCommand: Command = async (given, deps) => {
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

const answer =
  (decision: 'allow' | 'deny'): Command =>
  async (given, deps) => {
    const { reason } = given.values;
    const body = { decision, ...(reason === undefined ? {} : { reason }) };
    const path = `/api/approvals/${encodeURIComponent(wordAt(given, 0))}`;
    const approval = await clientOf(given, deps).post(path, body, approvalSchema);
    print(paragraph(`${approval.state.toLowerCase()}: ${describe(approval)}`));
    return 0;
  };

export const approveCommand = answer('allow');
export const denyCommand = answer('deny');
