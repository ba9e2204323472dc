import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';

/** The assistants there are, and packages of them that cannot be read. */
export const assistantsQuery = queryOptions({
  queryKey: ['persona', 'assistants'],
  queryFn: () => answerOf(api.assistants.$get()),
});
