import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { valuesOf, type Draft } from '../../parts/settings/draft.ts';

/** What would be told to a model with a persona that is not saved. */
export function previewQuery(asked: {
  readonly persona: Draft;
  readonly assistant: string | null;
  readonly message: string;
}) {
  const { persona, assistant, message } = asked;
  const json = { persona: valuesOf(persona), message, ...(assistant === null ? {} : { assistant }) };
  return queryOptions({
    queryKey: ['persona', 'preview', json],
    queryFn: () => answerOf(api.context.preview.$post({ json })),
    placeholderData: keepPreviousData,
    // Files and memories change without an event.
    staleTime: 0,
  });
}
