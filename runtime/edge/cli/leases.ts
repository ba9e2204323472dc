import { z } from 'zod';
import { leasePreviewSchema, leaseSchema } from '../../contract/leases.ts';
import { readArgs } from './call.ts';
import { wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, moment, paragraph, print, printJson, printTable } from './terminal.ts';

/** `nexus leases`: what was allowed beforehand. */
export const leasesCommand: Command = async (given, deps) => {
  const path = given.switches.has('all') ? '/api/leases?all=true' : '/api/leases';
  const leases = await clientOf(given, deps).get(path, z.array(leaseSchema));
  if (given.switches.has('json')) printJson(leases);
  else if (leases.length === 0) print('No leases. "nexus approve ID --lease 5/24h" grants one.');
  else {
    printTable(
      [
        { title: 'ID' },
        { title: 'STATE' },
        { title: 'USED' },
        { title: 'UNTIL' },
        { title: 'WHAT IT COVERS' },
      ],
      leases.map(({ id, state, used, count, expiresAt, tool, covers }) => [
        id,
        state,
        `${used} of ${count}`,
        moment(expiresAt, Date.now()),
        inOneLine(`${tool}: ${covers.join('; ')}`),
      ]),
    );
  }
  return 0;
};

/** `nexus leases revoke`. */
export const revokeCommand: Command = async (given, deps) => {
  const path = `/api/leases/${encodeURIComponent(wordAt(given, 0))}`;
  const lease = await clientOf(given, deps).delete(path, leaseSchema);
  if (given.switches.has('json')) printJson(lease);
  else print(`${lease.state.toLowerCase()}: ${lease.tool}, ${lease.used} of ${lease.count} runs used`);
  return 0;
};

/** `nexus leases preview`: what rules would have let pass. */
export const previewCommand: Command = async (given, deps) => {
  const body = { tool: wordAt(given, 0), arguments: readArgs(wordAt(given, 1)) };
  const preview = await clientOf(given, deps).post('/api/leases/preview', body, leasePreviewSchema);
  if (given.switches.has('json')) {
    printJson(preview);
    return 0;
  }
  print(paragraph(inOneLine(`Covers ${preview.tool} where ${preview.covers.join('; ')}.`)));
  print(`${preview.covered} of the last ${preview.runs.length} runs would have passed without a question.`);
  if (preview.runs.length === 0) return 0;
  printTable(
    [{ title: 'RUN' }, { title: 'WHEN' }, { title: 'VERDICT' }, { title: 'WHY' }],
    preview.runs.map(({ id, at, verdict, reason }) => [id, moment(at, Date.now()), verdict, reason]),
  );
  return 0;
};
