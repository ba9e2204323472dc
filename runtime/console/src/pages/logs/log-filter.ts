import type { LogFilter, LogLevel } from '../../../../contract/logs.ts';

/** Least severity first, each with the words of a filter. */
export const levels: Readonly<Record<LogLevel, string>> = {
  debug: 'All levels',
  info: 'Info and worse',
  warn: 'Warnings and errors',
  error: 'Errors only',
};

/** Parts of the kernel that name themselves in the log. */
export const components = [
  'kernel',
  'host',
  'plugin',
  'access',
  'consent',
  'console',
  'models',
  'log',
] as const;

/** A change of the filter in the address; null takes a part away. */
export type FilterChange = Readonly<Partial<Record<keyof LogFilter, string | null>>>;

/** The filter that an address asks for. */
export function filterOf(query: URLSearchParams): LogFilter {
  const level = query.get('level');
  const [component, plugin, text] = ['component', 'plugin', 'text'].map((name) => query.get(name) ?? '');
  return {
    level: isLevel(level) ? level : 'debug',
    ...(component ? { component } : {}),
    ...(plugin ? { plugin } : {}),
    ...(text ? { text } : {}),
  };
}

function isLevel(level: string | null): level is LogLevel {
  return level !== null && Object.hasOwn(levels, level);
}
