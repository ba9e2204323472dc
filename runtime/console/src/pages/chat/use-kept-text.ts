import { useState } from 'react';

/** A browser keeps 5 MB of one origin. */
const mostChars = 50_000;

/**
 * The text of a field that is still there when one comes back to it, in this tab, until it is sent or one signs out.
 * `name` says of what it is; undefined keeps nothing.
 */
export function useKeptText(name: string | undefined, first: string): [string, (text: string) => void] {
  const key = `nexus-draft ${name}`;
  const [text, setText] = useState(() =>
    name === undefined ? first : (window.sessionStorage.getItem(key) ?? first),
  );
  const change = (next: string): void => {
    setText(next);
    if (name === undefined) return;
    if (next === '' || next.length > mostChars) window.sessionStorage.removeItem(key);
    else window.sessionStorage.setItem(key, next);
  };
  return [text, change];
}
