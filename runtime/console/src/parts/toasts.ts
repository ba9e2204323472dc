import { notifications } from '@mantine/notifications';
import { explained } from '../api/api-error.ts';

const errorShownMs = 10_000;
const toast = { withBorder: true, closeButtonProps: { 'aria-label': 'Close' } } as const;

/** Says for a moment that something is done. */
export function toastDone(message: string): void {
  notifications.show({ ...toast, message, color: 'teal' });
}

/** Says what went wrong and what to do; for what has no place of its own on the page. */
export function toastError(error: unknown): void {
  const { what, todo } = explained(error);
  notifications.show({ ...toast, title: what, message: todo, color: 'red', autoClose: errorShownMs });
}
