import type { LogEntry, LogPage } from '../../../../contract/logs.ts';

/** Lines that are kept on the page at most; the oldest go first. */
export const mostLines = 100_000;
/** A line can come in the stream and be on the newest page: among so many of the last ones it is looked for. */
const mostOverlap = 2_000;

/** What a page of the log shows. */
export interface LogLines {
  /** In the order in which they were written, without a gap; null until the newest are read. */
  readonly entries: readonly LogEntry[] | null;
  /** Where earlier lines are read; null: there are none, or no more are kept. */
  readonly earlier: string | null;
  /** Lines that came while the newest are read; null while they are not. */
  readonly held: readonly LogEntry[] | null;
  /** Null unless it is paused: how many lines came since. */
  readonly missed: number | null;
}

export const noLines: LogLines = { entries: null, earlier: null, held: [], missed: null };

export type LogAction =
  | { readonly type: 'came'; readonly entries: readonly LogEntry[] }
  /** The newest lines are about to be read. */
  | { readonly type: 'reading' }
  | { readonly type: 'newest'; readonly page: LogPage }
  | { readonly type: 'earlier'; readonly page: LogPage }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' };

export function nextLines(lines: LogLines, action: LogAction): LogLines {
  switch (action.type) {
    case 'came':
      if (lines.missed !== null) return { ...lines, missed: lines.missed + action.entries.length };
      if (lines.held === null) return withNew(lines, action.entries);
      return { ...lines, held: [...lines.held, ...action.entries].slice(-mostLines) };
    case 'reading':
      return { ...lines, held: lines.held ?? [] };
    case 'newest':
      return { ...withNew(withNewest(lines, action.page), lines.held ?? []), held: null };
    case 'earlier':
      return kept({
        ...lines,
        entries: [...action.page.entries.toReversed(), ...(lines.entries ?? [])],
        earlier: action.page.next,
      });
    case 'pause':
      return { ...lines, missed: 0 };
    default:
      return { ...lines, missed: null };
  }
}

/** With lines that were written since; those that are there already are left out. */
function withNew(lines: LogLines, came: readonly LogEntry[]): LogLines {
  const entries = lines.entries ?? [];
  const known = new Set(entries.slice(-mostOverlap).map(({ id }) => id));
  const fresh = came.filter(({ id }) => !known.has(id));
  return fresh.length === 0 ? lines : kept({ ...lines, entries: [...entries, ...fresh] });
}

/** When the newest page does not reach the lines before, those go: what is between is not known. */
function withNewest(lines: LogLines, { entries, next }: LogPage): LogLines {
  const newest = entries.toReversed();
  const last = lines.entries?.at(-1)?.id;
  const isJoined = last !== undefined && newest.some(({ id }) => id === last);
  return isJoined ? withNew(lines, newest) : { ...lines, entries: newest, earlier: next };
}

function kept(lines: LogLines): LogLines {
  if (lines.entries === null || lines.entries.length < mostLines) return lines;
  return { ...lines, entries: lines.entries.slice(-mostLines), earlier: null };
}
