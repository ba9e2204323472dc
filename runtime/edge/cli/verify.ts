import { verificationSchema, type Verification } from '../../contract/timeline.ts';
import { isAgreed } from './agreement.ts';
import type { Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, paint, paragraph, print, printJson } from './terminal.ts';

/** `nexus verify`: exit code 1 when a link of the timeline does not hold. */
export const verifyCommand: Command = async (given, deps) => {
  const { head } = given.values;
  const query = head === undefined ? '' : `?head=${encodeURIComponent(head)}`;
  const client = clientOf(given, deps);
  const found = await client.get(`/api/timeline/verify${query}`, verificationSchema);
  const { acceptable } = found;
  const isJson = given.switches.has('json');
  if (!given.switches.has('accept') || acceptable === null) {
    if (isJson) printJson(found);
    else show(found);
    if (acceptable !== null && !isJson)
      print(paragraph('All else holds. If you put that copy there, say so with "nexus verify --accept".'));
    return found.broken === null ? 0 : 1;
  }
  if (!isJson) {
    show(found);
    print(paragraph(`Expected: entry ${acceptable.seq}, ${acceptable.hash}`));
    print(paragraph(`Found: entry ${found.entries}, ${found.head === '' ? 'none' : found.head}`));
    print(
      paragraph('Accepted, what is missing is not looked for any more; who accepted it stays on record.'),
    );
  }
  if (!(await isAgreed(given, true))) return 1;
  const accepted = { lost: acceptable.hash, head: found.head };
  const now = await client.post('/api/timeline/accept', accepted, verificationSchema);
  if (isJson) printJson(now);
  else show(now);
  return 0;
};

function show({ entries, compared, head, broken }: Verification): void {
  if (broken === null) {
    const hold = entries === 1 ? '1 entry holds' : `${entries} entries hold`;
    const were =
      compared === 1 ? '1 was compared with its record' : `${compared} were compared with their records`;
    print(paragraph(`${hold}; ${were}.`));
    print(`Head: ${head}`);
    return;
  }
  const at = broken.seq === null ? 'The timeline' : `Entry ${broken.seq}`;
  const told = `${at} does not hold (${broken.kind ?? 'end'} ${broken.ref}): ${broken.problem}.`;
  print(paragraph(paint('red', inOneLine(told))));
}
