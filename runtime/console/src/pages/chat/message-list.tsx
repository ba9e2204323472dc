import { Button } from '@mantine/core';
import { IconArrowDown } from '@tabler/icons-react';
import { defaultRangeExtractor, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState, type RefObject } from 'react';
import { toastError } from '../../parts/toasts.ts';
import { MessageView } from './message-view.tsx';
import type { Message } from './message.ts';
import type { OpenConversation } from './use-conversation.ts';

interface MessageListProps {
  readonly open: OpenConversation;
  /** Null while a turn is under way. */
  readonly onEdit: ((message: Message) => void) | null;
}

/** Height of a message before it was measured, and how near the end counts as at the end, in pixels. */
const guessedHeight = 140;
const nearPx = 80;

/** The messages of a thread; only those in view are on the page. It stays at the end while somebody is there. */
export function MessageList({ open, onEdit }: MessageListProps) {
  const { conversation, hasOlder, readOlder } = open;
  const { messages } = conversation;
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  const rows = useVirtualizer({
    count: messages.length,
    getScrollElement: () => box.current,
    estimateSize: () => guessedHeight,
    getItemKey: (index) => messages[index]?.id ?? index,
    overscan: 4,
    // The last one stays: who looks something up meanwhile finds again what was typed at its questions.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), range.count - 1])],
  });
  const height = rows.getTotalSize();
  useStayAtEnd(box, isAtEnd);
  const [isReading, setReading] = useState(false);
  const older = async (): Promise<void> => {
    setReading(true);
    const below = height - (box.current?.scrollTop ?? 0);
    await readOlder().catch(toastError);
    // What was in view stays where it is.
    requestAnimationFrame(() => box.current?.scrollTo({ top: box.current.scrollHeight - below }));
    setReading(false);
  };
  const toEnd = (): void => box.current?.scrollTo({ top: box.current.scrollHeight });
  return (
    <div className="chat-scroll-frame">
      <div
        className="chat-scroll"
        ref={box}
        tabIndex={0}
        role="log"
        aria-label="Messages"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          setAtEnd(scrollHeight - scrollTop - clientHeight < nearPx);
          if (scrollTop < nearPx && hasOlder && !isReading) void older();
        }}
      >
        {hasOlder && (
          <div className="chat-older">
            <Button variant="subtle" size="compact-sm" loading={isReading} onClick={() => void older()}>
              Earlier messages
            </Button>
          </div>
        )}
        <div className="chat-messages" style={{ height }}>
          <Rows rows={rows} open={open} onEdit={onEdit} />
        </div>
      </div>
      {!isAtEnd && (
        <Button className="chat-to-end" size="compact-sm" variant="default" radius="xl" onClick={toEnd}>
          <IconArrowDown size={16} aria-hidden /> Latest
        </Button>
      )}
    </div>
  );
}

interface RowsProps {
  readonly rows: Virtualizer<HTMLDivElement, Element>;
  readonly open: OpenConversation;
  /** Null while a turn is under way. */
  readonly onEdit: ((message: Message) => void) | null;
}

function Rows({ rows, open: { conversation, add }, onEdit }: RowsProps) {
  const { messages, partial, runs } = conversation;
  return rows.getVirtualItems().map(({ key, index, start }) => {
    const message = messages[index];
    return (
      <div
        key={key}
        data-index={index}
        ref={rows.measureElement}
        className="chat-row"
        style={{ transform: `translateY(${start}px)` }}
      >
        {message !== undefined && (
          <MessageView
            message={message}
            partial={partial?.message === message.id ? partial : null}
            runs={runs}
            onPin={(changed) => add([changed])}
            onEdit={onEdit}
          />
        )}
      </div>
    );
  });
}

/** Goes to the end whenever what is in the box, or the box, changes its height. */
function useStayAtEnd(box: RefObject<HTMLElement | null>, isAtEnd: boolean): void {
  useEffect(() => {
    const element = box.current;
    if (element === null || !isAtEnd) return undefined;
    const observer = new ResizeObserver(() => element.scrollTo({ top: element.scrollHeight }));
    for (const part of [element, ...element.children]) observer.observe(part);
    return () => observer.disconnect();
  }, [box, isAtEnd]);
}
