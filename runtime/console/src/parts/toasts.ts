import { notifications } from '@mantine/notifications';
import { explained } from '../api/api-error.ts';

const errorShownMs = 10_000;

/** Says for a moment that something is done. */
export function toastDone(message: string): void {
  notifications.show({ message, color: 'teal', withBorder: true });
}

/** Says what went wrong and what to do; for what has no place of its own on the page. */
export function toastError(error: unknown): void {
  const { what, todo } = explained(error);
  notifications.show({ title: what, message: todo, color: 'red', autoClose: errorShownMs, withBorder: true });
}
