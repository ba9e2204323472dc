import { memo, useState } from 'react';
import type { LogEntry } from '../../../../contract/logs.ts';
import { JsonView } from '../../parts/code-view.tsx';
import { readerLocale } from '../../parts/reader-locale.ts';

const clock = new Intl.DateTimeFormat(readerLocale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(readerLocale, { month: 'short', day: 'numeric' });

/** One line of the log; opened it shows all that it says. */
export const LogLine = memo(function LogLine({ entry }: { readonly entry: LogEntry }) {
  const [isOpen, setOpen] = useState(false);
  const { at, level, component, plugin, text, data } = entry;
  return (
    <>
      <button
        type="button"
        className="log-line"
        data-level={level}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span className="log-line-day">{at === null ? '' : day.format(at)}</span>
        <time className="log-line-time" {...(at !== null && { dateTime: new Date(at).toISOString() })}>
          {at === null ? 'no time' : clock.format(at)}
        </time>
        <span className="log-line-level">{level}</span>
        <span className="log-line-from">{plugin ?? component}</span>
        <span className="log-line-text">{text}</span>
      </button>
      {isOpen && (
        <div className="log-line-more">
          <JsonView
            label="The whole line"
            value={{ at: at === null ? null : new Date(at), level, component, plugin, text, ...data }}
          />
        </div>
      )}
    </>
  );
});
