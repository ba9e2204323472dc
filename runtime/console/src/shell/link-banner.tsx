import { IconPlugConnectedX } from '@tabler/icons-react';
import { useIsLinked } from '../api/live.tsx';

/** Says so while the kernel cannot be heard. */
export function LinkBanner() {
  const isLinked = useIsLinked();
  return (
    <div role="status">
      {isLinked === false && (
        <div className="shell-banner">
          <IconPlugConnectedX size={18} aria-hidden />
          The kernel does not answer. This page goes on by itself as soon as it does.
        </div>
      )}
    </div>
  );
}
