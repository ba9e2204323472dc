import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useEffectEvent, useRef, type ReactNode } from 'react';

interface VirtualListProps<T> {
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string | number;
  readonly children: (item: T, index: number) => ReactNode;
  /** Height of a row before it was measured, in pixels. */
  readonly rowHeight: number;
  readonly height: string | number;
  /** What is listed, for those who cannot see it. */
  readonly label: string;
  /** Shows the end first, and stays there while somebody is there; items may come on both sides. */
  readonly isAtEnd?: boolean;
  /** Called when the first item is in view. */
  readonly onStart?: () => void;
}

/** So near the end counts as at the end, in pixels. */
const nearPx = 40;

/** A list of any length: only the rows in view are on the page. */
export function VirtualList<T>(props: VirtualListProps<T>) {
  const { items, keyOf, children, rowHeight, height, label, isAtEnd = false, onStart } = props;
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
    overscan: 8,
    ...(isAtEnd && {
      anchorTo: 'end',
      followOnAppend: true,
      scrollEndThreshold: nearPx,
      initialOffset: items.length * rowHeight,
    }),
  });
  const isStart = rows.range?.startIndex === 0;
  const tellStart = useEffectEvent(() => onStart?.());
  useEffect(() => {
    if (isStart) tellStart();
  }, [isStart, items.length]);
  return (
    <div ref={box} style={{ height, overflow: 'auto' }} tabIndex={0} role="group" aria-label={label}>
      <ul
        style={{
          height: rows.getTotalSize(),
          position: 'relative',
          margin: 0,
          padding: 0,
          listStyle: 'none',
        }}
      >
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const item = items[index];
          return (
            <li
              key={key}
              data-index={index}
              ref={rows.measureElement}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              style={{
                position: 'absolute',
                top: 0,
                left: 0,
                width: '100%',
                transform: `translateY(${start}px)`,
              }}
            >
              {item !== undefined && children(item, index)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
