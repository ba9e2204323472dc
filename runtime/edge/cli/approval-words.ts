import type { Approval } from '../../contract/approvals.ts';
import { escapeHidden, inOneLine, print, printRow } from './terminal.ts';

const briefChars = 400;

/** What would be done, in one line. */
export function describe({ tool, effect, args }: Pick<Approval, 'tool' | 'effect' | 'args'>): string {
  return `${tool} (${effect}) with ${brief(args)}`;
}

/** A value in one line, as far as it fits there. */
export function brief(value: unknown): string {
  const text = inOneLine(JSON.stringify(value));
  return text.length <= briefChars
    ? text
    : `${text.slice(0, briefChars)}… (${text.length} characters in all)`;
}

/** Width of the names. */
const column = 15;

/** Everything there is to know of a question; of its arguments at most `mostChars`, and it says so. */
export function showApproval(approval: Approval, mostChars = Infinity): void {
  const { id, tool, effect, plugin, because, state, reason, answeredBy, expiresAt, args } = approval;
  print(`${tool} of plugin ${plugin} (${effect})`);
  printRow('id', id, column);
  printRow(
    'state',
    [state, answeredBy, reason]
      .filter((text) => text !== null)
      .map(inOneLine)
      .join(', '),
    column,
  );
  printRow('asked because', because, column);
  printRow('until', new Date(expiresAt).toISOString(), column);
  // Whatever hides in the arguments is written out.
  const text = escapeHidden(JSON.stringify(args, null, 2));
  print(text.slice(0, mostChars));
  if (text.length > mostChars) print(`… (${text.length} characters in all; "show" prints them)`);
}
