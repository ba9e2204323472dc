import { pluginSchema, type Plugin } from '../../contract/api.ts';
import {
  changesSchema,
  type ApprovalRequest,
  type HeldChange,
  type PluginConsent,
} from '../../contract/consent.ts';
import { isAgreed } from './agreement.ts';
import { readConsent } from './read-consent.ts';
import { usage, wordAt, type Command, type Given } from './command-line.ts';
import { clientOf, type KernelClient } from './kernel-client.ts';
import { printPermissions } from './plugin.ts';
import { tell } from './plugin-add.ts';
import { describePending, describeState, describeTrouble } from './plain-words.ts';
import { inOneLine, paint, paragraph, print, printable, printJson, printRow } from './terminal.ts';

/** What was approved may start a version whose tools are other ones: that is the next question. More rounds are no accident. */
const mostRounds = 5;

/** `nexus plugin approve`: shows what waits and what differs, asks, and agrees to what was shown and nothing else. */
export const approveCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const name = wordAt(given, 0);
  const asked = readRequest(given);
  let plugin: Plugin | undefined;
  let isUnknown = false;
  for (let round = 0; round < mostRounds; round++) {
    const { consent, status } = await readConsent(client, name);
    const held = consent.held.filter(({ subject }) => asked.tools?.includes(subject) ?? true);
    plugin = status;
    if (round > 0 && held.length === 0) break;
    // What it is cannot be told: it lacks a setting, is off or in error.
    isUnknown = round === 0 && consent.source === null && held.length === 0;
    if (isUnknown) {
      if (!given.switches.has('json')) showWishes(consent);
      break;
    }
    const isQuestion = held.length > 0 || asked.changes !== undefined;
    if (!given.switches.has('json')) showConsent(consent, held);
    else if (isQuestion && !given.switches.has('yes')) printJson(consent);
    if (!(await isAgreed(given, isQuestion))) return 1;
    plugin = await approve(client, name, { ...asked, seen: consent.seen });
    // Tools that were named are all that is meant, whatever else is held.
    if (asked.tools !== undefined) break;
  }
  if (plugin === undefined) return 1;
  if (given.switches.has('json')) printJson(plugin);
  else showOutcome(plugin);
  if (isUnknown) tell(`Nothing was agreed to. When that is mended: nexus plugin approve ${plugin.name}`);
  return isTroubled(plugin) ? 1 : 0;
};

function readRequest({ values, lists }: Given): ApprovalRequest {
  const { tool } = lists;
  const changes = changesSchema.optional().safeParse(values['changes']);
  if (!changes.success) throw usage(`--changes is "${values['changes']}", not one of ask, follow`);
  return {
    ...(tool === undefined ? {} : { tools: [...tool] }),
    ...(changes.data === undefined ? {} : { changes: changes.data }),
  };
}

async function approve(client: KernelClient, plugin: string, request: ApprovalRequest): Promise<Plugin> {
  const path = `/api/plugins/${encodeURIComponent(plugin)}/approve`;
  return await client.post(path, request, pluginSchema);
}

function showConsent(consent: PluginConsent, held: readonly HeldChange[]): void {
  print(paragraph(`${paint('bold', consent.plugin)} runs ${inOneLine(consent.source ?? 'nothing')}`));
  showWishes(consent);
  print(`\n${paint('bold', held.length === 0 ? 'Nothing waits for approval' : 'What waits for approval')}`);
  for (const change of held) showChange(change);
}

/** What it may do and how much of a risk that is: known before it is made ready. */
function showWishes({ permissions, risk, changes }: PluginConsent): void {
  printPermissions(permissions);
  if (changes !== null) printRow('Changes', changes === 'ask' ? 'are asked for' : 'of its code are followed');
  if (risk !== null) {
    print(`\n${paint('bold', `Risk ${risk.score} of 6`)}`);
    for (const { points, text } of risk.lines)
      print(`  ${points === 0 ? ' 0' : `+${points}`} ${inOneLine(text)}`);
  }
}

function showChange({ text, diff, after, before }: HeldChange): void {
  print(`  ${paint('yellow', '•')} ${inOneLine(text)}`);
  const lines = diff === '' ? withoutDiff(before, after) : diff;
  if (lines !== '' && text.includes(lines)) return;
  for (const line of printable(lines).split('\n')) {
    if (line === '') continue;
    const style = line.startsWith('+') ? 'green' : 'red';
    print(`      ${/^[+-]/.test(line) ? paint(style, line) : line}`);
  }
}

/** Whether what was agreed to, or there is to agree to, is not in force. */
function isTroubled({ state, reason, pending }: Plugin): boolean {
  return ['error', 'quarantined', 'available'].includes(state) || reason !== '' || pending !== null;
}

/** What is one line has no difference of lines: that of new code are its two hashes. */
function withoutDiff(before: string | null, after: string | null): string {
  if (before === null || after === null) return after ?? '';
  return before === after ? '' : `- ${before}\n+ ${after}`;
}

function showOutcome(plugin: Plugin): void {
  const { name, state, reason, tools, heldTools, pending } = plugin;
  const why = reason === '' ? `, ${tools} ${tools === 1 ? 'tool' : 'tools'}` : `: ${describeTrouble(plugin)}`;
  print(`\n${paragraph(inOneLine(`${name} is ${describeState(state)}${why}`))}`);
  if (pending !== null) print(paragraph(paint('yellow', describePending(pending))));
  if (heldTools.length > 0) print(paragraph(`Still held: ${inOneLine(heldTools.join(', '))}`));
}
