import { useEffect, useState } from 'react';

/**
 * A drawer with a place of its own in the history: "back" closes it and leaves no page. A link in it takes that place
 * (`replace`) and calls `leave`.
 */
export function useDrawer() {
  const [isOpen, setOpen] = useState(false);
  const leave = (): void => setOpen(false);
  useEffect(() => {
    if (!isOpen) return undefined;
    const onBack = (): void => setOpen(false);
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, [isOpen]);
  const open = (): void => {
    window.history.pushState(null, '');
    setOpen(true);
  };
  const close = (): void => {
    if (isOpen) window.history.back();
    leave();
  };
  return { isOpen, open, close, leave };
}
