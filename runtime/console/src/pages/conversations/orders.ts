import type { Thread } from '../../../../contract/threads.ts';

/** What a thread without a title is called. */
export const untitled = 'New thread';

/** The ways to put threads in order. The kernel tells them as `latest`; for any other all of them have to be there. */
export const orders = {
  latest: { label: 'Latest first', compare: (a: Thread, b: Thread) => b.updatedAt - a.updatedAt },
  oldest: { label: 'Oldest first', compare: (a: Thread, b: Thread) => a.createdAt - b.createdAt },
  newest: { label: 'Newest first', compare: (a: Thread, b: Thread) => b.createdAt - a.createdAt },
  title: {
    label: 'By title',
    compare: (a: Thread, b: Thread) => (a.title ?? untitled).localeCompare(b.title ?? untitled),
  },
} as const;
export type Order = keyof typeof orders;

export function isOrder(text: string | null): text is Order {
  return text !== null && Object.hasOwn(orders, text);
}
