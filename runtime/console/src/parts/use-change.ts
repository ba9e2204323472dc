import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toastDone, toastError } from './toasts.ts';

/**
 * Something that is changed at a click: a toast says that it is done, or why not, and what is shown of its area (the
 * first word of a query's key) is read again.
 */
export function useChange(area: string, change: () => Promise<unknown>, done: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => toastDone(done),
    onError: toastError,
    onSettled: () => queries.invalidateQueries({ queryKey: [area] }),
  });
}
