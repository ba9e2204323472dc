import { z } from 'zod';
import { logLevels, type LogEntry, type LogFilter, type LogLevel } from '../contract/logs.ts';

/** A line as pino writes it. */
const lineSchema = z.looseObject({
  level: z.number(),
  time: z.int(),
  n: z.int().optional(),
  msg: z.string().default(''),
  plugin: z.string().nullable().default(null),
  component: z.string().optional(),
});

/** pino's numbers: debug is 20, and each further level 10 more. */
function levelOf(number: number): LogLevel {
  const at = Math.min(logLevels.length - 1, Math.max(0, Math.floor(number / 10) - 2));
  return logLevels[at] ?? 'info';
}

/** What a line of the log says. A damaged one is shown as it is: `place` names it. */
function readEntry(line: string, place: string): LogEntry {
  const read = lineSchema.safeParse(parsed(line));
  if (!read.success) {
    return { id: place, at: null, level: 'info', component: 'log', plugin: null, text: line, data: {} };
  }
  const { level, time, n, msg, plugin, component, ...data } = read.data;
  return {
    id: n === undefined ? place : `${time}.${n}`,
    at: time,
    level: levelOf(level),
    component: component ?? (plugin === null ? 'kernel' : 'plugin'),
    plugin,
    text: msg,
    data,
  };
}

/** Whether lines fit a filter. Looks at the text first: most lines end there. */
export function lineFilter({
  level,
  component,
  plugin,
  text,
}: LogFilter): (line: string, place: string) => LogEntry | null {
  const wanted = text?.toLowerCase() ?? '';
  const least = logLevels.indexOf(level);
  return (line, place) => {
    if (wanted !== '' && !line.toLowerCase().includes(wanted)) return null;
    const entry = readEntry(line, place);
    if (logLevels.indexOf(entry.level) < least) return null;
    if (component !== undefined && entry.component !== component) return null;
    return plugin === undefined || entry.plugin === plugin ? entry : null;
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
