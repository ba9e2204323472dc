import { useEffect } from 'react';

const notSaved = 'What you changed here is not saved. Leave it behind?';

/** Work that is not saved, and the address it is at; addresses that begin with `within` show the same work. */
interface Unsaved {
  readonly within: string;
  readonly question: string;
  address: string;
}

/** A page can have more than one form. */
const unsaved = new Set<Unsaved>();

/** While a page has work that is not saved it asks before it is left: by a link, by going back, by closing or reloading the tab. */
export function useUnsaved(isUnsaved: boolean, within: string, question = notSaved): void {
  useEffect(() => {
    if (!isUnsaved) return undefined;
    const own = { within, question, address: window.location.href };
    unsaved.add(own);
    return () => {
      unsaved.delete(own);
    };
  }, [isUnsaved, within, question]);
}

/** Whether the page may go there. The browser's own question: everything stands still until it is answered. */
function mayGo({ origin, pathname, href }: URL | Location): boolean {
  const isWithin = ({ within }: Unsaved): boolean =>
    origin === window.location.origin && (pathname === within || pathname.startsWith(`${within}/`));
  const all = [...unsaved];
  const left = all.find((one) => !isWithin(one));
  if (left !== undefined) {
    if (!window.confirm(left.question)) return false;
    // Nobody is asked twice.
    unsaved.clear();
  }
  for (const one of all) one.address = href;
  return true;
}

/** The same for a place of the console that no link leads to. */
export function mayGoTo(path: string): boolean {
  return mayGo(new URL(path, window.location.href));
}

/**
 * Sees to it that unsaved work is asked about. To be called before the router listens: the listeners of a window are
 * called in the order in which they came, those of the capture phase too.
 */
export function guardUnsaved(): void {
  window.addEventListener('popstate', (event) => {
    const [{ address } = { address: '' }] = unsaved;
    if (mayGo(window.location)) return;
    event.stopImmediatePropagation();
    window.history.pushState(null, '', address);
  });
  document.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
      const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
      if (!(link instanceof HTMLAnchorElement) || isElsewhere) return;
      if (link.target === '_blank' || link.hasAttribute('download')) return;
      if (mayGo(new URL(link.href))) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
  window.addEventListener('beforeunload', (event) => {
    if (unsaved.size > 0) event.preventDefault();
  });
}
