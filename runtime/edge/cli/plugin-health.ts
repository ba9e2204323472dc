import { pluginDetailSchema, type PluginDetail } from '../../contract/api.ts';
import { pluginConsentSchema, type PluginConsent } from '../../contract/consent.ts';
import { pluginHealthSchema, type PluginHealth } from '../../contract/health.ts';
import { wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { describePending, describeState } from './plain-words.ts';
import { printPermissions } from './plugin.ts';
import {
  duration,
  inOneLine,
  megabytes,
  moment,
  paint,
  paragraph,
  print,
  printJson,
  printRow,
} from './terminal.ts';

/** So many of the last errors are shown; --json has all that are kept. */
const mostErrors = 5;

/** `nexus plugin health`. */
export const healthCommand: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const path = `/api/plugins/${encodeURIComponent(wordAt(given, 0))}`;
  const isChecked = given.switches.has('check');
  if (isChecked) await client.post(`${path}/health`, undefined, pluginHealthSchema);
  const detail = await client.get(path, pluginDetailSchema);
  if (given.switches.has('json')) printJson(detail);
  else showDetail(detail, await client.get(`${path}/consent`, pluginConsentSchema));
  const { state } = detail.status;
  const isIll = state === 'error' || state === 'quarantined';
  return isIll || (isChecked && detail.health.lastCheck?.isOk !== true) ? 1 : 0;
};

function showDetail(
  { status, health, manifestFile, tools }: PluginDetail,
  { permissions }: PluginConsent,
): void {
  const { name, state, reason, nextStep, tier, mechanism, enforcement, pid } = status;
  const why = reason === '' ? '' : `: ${inOneLine(reason)}`;
  print(paragraph(`${paint('bold', name)} is ${describeState(state)}${why}`));
  if (nextStep !== '') print(paragraph(`→ ${inOneLine(nextStep)}`));
  if (status.pending !== null) print(paragraph(paint('yellow', describePending(status.pending))));
  print('');
  printRow('Source', status.source);
  printRow('Manifest', manifestFile);
  if (health.uptimeMs !== null) {
    const process = pid === null || pid === 0 ? 'Runs' : `${pid}, runs`;
    printRow('Process', `${process} for ${duration(health.uptimeMs)}; ${status.restarts} restarts`);
  }
  if (tier !== null) printRow('Isolation', `${tier} (${mechanism ?? ''})`);
  if (enforcement !== null) {
    const held = Object.entries(enforcement).map(([what, how]) => `${what} ${how}`);
    printRow('', held.join(', '));
  }
  showHealth(health);
  printRow('Tools', tools.map(({ tool }) => inOneLine(tool)).join(', ') || 'none known yet');
  for (const warning of status.warnings) printRow('Warning', inOneLine(warning));
  if (permissions.length > 0) printPermissions(permissions);
  showErrors(health);
}

function showHealth({ calls, inFlight, usage, lastCheck, failedChecks, breaker }: PluginHealth): void {
  const { total, errors, callerErrors, p50Ms, p95Ms } = calls;
  printRow('Calls', `${total}, ${inFlight} in flight; ${errors} failed, ${callerErrors} spoiled by callers`);
  if (p50Ms !== null && p95Ms !== null) printRow('Call time', `p50 ${p50Ms} ms, p95 ${p95Ms} ms`);
  if (usage !== null) {
    const { processes, memoryBytes, memoryKind, cpuPercent, cpuMs } = usage;
    const tree = processes === 0 ? 'a thread' : processes === 1 ? '1 process' : `${processes} processes`;
    const spent = `${cpuPercent} % of a processor, ${duration(cpuMs)} in all`;
    printRow('Uses', `${megabytes(memoryBytes)} (${memoryKind}) in ${tree}; ${spent}`);
  }
  if (lastCheck !== null) {
    const { isOk, at, asked, latencyMs, words } = lastCheck;
    const inARow = failedChecks > 1 ? `, ${failedChecks} in a row` : '';
    const outcome = isOk ? `well, ${latencyMs} ms` : `failed${inARow}`;
    const text = `${outcome} (${asked}, ${moment(at, Date.now())})${words === '' ? '' : `: ${inOneLine(words)}`}`;
    printRow('Last check', text);
  }
  if (breaker.state !== 'closed') {
    const until = breaker.untilMs === null ? '' : ` until ${moment(breaker.untilMs, Date.now())}`;
    printRow('Breaker', `${breaker.state}${until}: ${inOneLine(breaker.reason)}`);
  }
}

function showErrors({ errors }: PluginHealth): void {
  if (errors.length === 0) return;
  print(`\n${paint('bold', 'Last errors')}`);
  for (const { at, tool, error } of errors.slice(-mostErrors))
    printRow(moment(at, Date.now()), `${inOneLine(tool)}: ${inOneLine(error)}`, 21);
}
