const kinds: Readonly<Record<string, string>> = { '+': 'is-added', '-': 'is-removed' };

/** Lines that differ, with - and + before them, so not by colour alone. */
export function DiffView({ diff, label }: { readonly diff: string; readonly label: string }) {
  return (
    <pre className="diff-view" tabIndex={0} aria-label={label}>
      {diff.split('\n').map((line, index) => (
        // Lines have no name but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <span key={index} className={kinds[line[0] ?? ''] ?? ''}>
          {line}
        </span>
      ))}
    </pre>
  );
}
