import { NexusError } from '../../base/errors.ts';
import { approvalSchema, type Approval } from '../../contract/approvals.ts';
import { showApproval } from './approval-words.ts';
import { readLease } from './approvals.ts';
import { readArgs } from './call.ts';
import type { KernelClient } from './kernel-client.ts';
import { inOneLine, paint, paragraph, print } from './terminal.ts';

/** Of arguments that are longer, so much is shown unasked. */
const shownChars = 4_000;

export const questionPrompt =
  'y allows it once; "show" prints it all, "edit JSON" and "lease 5/24h" allow it so; else say why not: ';

export function showQuestion(approval: Approval): void {
  print(paint('yellow', 'May it do this?'));
  showApproval(approval, shownChars);
}

/** Answers a question with what a person typed; whether it is over, by this or by another answer. */
export async function answerWith(client: KernelClient, asked: Approval, typed: string): Promise<boolean> {
  if (typed === '') return false;
  if (/^show$/i.test(typed)) {
    showApproval(asked);
    return false;
  }
  try {
    const path = `/api/approvals/${encodeURIComponent(asked.id)}`;
    const { state } = await client.post(path, bodyOf(typed), approvalSchema);
    print(paint('dim', state.toLowerCase()));
    return true;
  } catch (error) {
    if (!(error instanceof NexusError)) throw error;
    showError(error);
    // Somebody else was faster, or the clock: the turn goes on without this answer.
    return error.code.startsWith('APPROVAL_');
  }
}

/** What a person typed wrong does not end the conversation. */
export function showError(error: unknown): void {
  if (!(error instanceof NexusError)) throw error;
  print(paragraph(paint('red', inOneLine(error.message))));
}

function bodyOf(typed: string): object {
  if (/^y(?:es)?$/i.test(typed)) return { decision: 'allow' };
  if (/^no?$/i.test(typed)) return { decision: 'deny' };
  const [, word = '', rest = ''] = /^(edit|lease)\s+([^]+)$/i.exec(typed) ?? [];
  if (word.toLowerCase() === 'edit') return { decision: 'allow', args: readArgs(rest) };
  if (word.toLowerCase() === 'lease') return { decision: 'allow', lease: readLease(rest) };
  return { decision: 'deny', reason: typed };
}
