import { answerOf, api } from '../../api/client.ts';

/** Throws a thread away, or takes it back. */
export async function setInTrash(id: string, isInTrash: boolean): Promise<void> {
  const route = api.threads[':id'];
  const param = { id };
  await (isInTrash ? answerOf(route.$delete({ param })) : answerOf(route.restore.$post({ param })));
}
