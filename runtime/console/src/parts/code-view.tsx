import { CopyButton } from './copy-button.tsx';
import './code-view.css';

interface CodeViewProps {
  readonly text: string;
  /** What it is, for those who cannot see it: "Arguments". */
  readonly label: string;
}

/** More than this is not put on the page, in characters; copying gives all of it. */
const mostShown = 50_000;

/** Text as it is, in a fixed-width face. */
export function CodeView({ text, label }: CodeViewProps) {
  const isCut = text.length > mostShown;
  return (
    <div className="code-view">
      <pre tabIndex={0} aria-label={label}>
        {isCut ? text.slice(0, mostShown) : text}
        {isCut && `\n… ${text.length - mostShown} more characters; copy it to see them`}
      </pre>
      <span className="code-view-copy">
        <CopyButton value={text} label={`Copy: ${label}`} />
      </span>
    </div>
  );
}

/** Any value as JSON. */
export function JsonView({ value, label }: { readonly value: unknown; readonly label: string }) {
  return <CodeView text={JSON.stringify(value, null, 2) ?? 'undefined'} label={label} />;
}
