import { NexusError } from '../base/errors.ts';
import { isJsonObject, type CallChannel, type JsonObject } from '../contract/plugins.ts';
import type { ToolEntry } from '../contract/tools.ts';

const argsShown = 2_000;

/** Lets a run pass, or rejects with RUN_DENIED. A tool that needs approval is put to the person behind the caller. */
export async function permit(
  entry: ToolEntry,
  args: JsonObject,
  channel: CallChannel,
  signal: AbortSignal,
): Promise<void> {
  const denied = (reason: string, todo: string): NexusError =>
    new NexusError('RUN_DENIED', { tool: entry.publicName, reason, todo });
  if (channel.capabilities['elicitation'] === undefined) {
    throw denied(
      'it needs approval and this client cannot ask its user',
      'Use a client that supports elicitation',
    );
  }
  const message = `Run the ${entry.effect} tool "${entry.publicName}" with ${show(args)}?`;
  const requestedSchema = { type: 'object', properties: {} };
  const answers = await channel.answer(
    { approval: { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema } } },
    signal,
  );
  const answer = answers['approval'];
  if (isJsonObject(answer) && answer['action'] === 'accept') return;
  throw denied('the user did not approve it', 'Ask again if it was declined by mistake');
}

/** What is not shown is said to be missing: nobody shall approve it unawares. */
function show(args: JsonObject): string {
  const text = JSON.stringify(args);
  return text.length <= argsShown
    ? text
    : `${text.slice(0, argsShown)}… (cut; ${text.length} characters in all)`;
}
