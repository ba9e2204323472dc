import { ActionIcon, Indicator, Modal, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPinned } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { loadPart } from '../../api/load-part.ts';
import { Loading } from '../../parts/loading.tsx';
import { pinsKey } from './pins-key.ts';

const PinsPanel = lazy(async () => ({
  default: (await loadPart(() => import('./pins-panel.tsx'))).PinsPanel,
}));

/** What models are told in a thread always, whatever is said: memories, skills and files. */
export function ThreadPins({ thread }: { readonly thread: string }) {
  const [isOpen, { open, close }] = useDisclosure(false);
  const pins = useQuery({
    queryKey: pinsKey(thread),
    queryFn: () => answerOf(api.threads[':id'].pins.$get({ param: { id: thread } })),
  });
  const all = pins.data ?? [];
  const label = all.length === 0 ? 'Pin a memory, a skill or a file' : `Pinned here: ${all.length}`;
  return (
    <>
      <Tooltip label={label}>
        <Indicator disabled={all.length === 0} size={8} offset={8}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={open}>
            <IconPinned size={20} aria-hidden />
          </ActionIcon>
        </Indicator>
      </Tooltip>
      <Modal
        opened={isOpen}
        onClose={close}
        title="Always told in this conversation"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Suspense fallback={<Loading what="the pins" />}>
          <PinsPanel thread={thread} pins={all} />
        </Suspense>
      </Modal>
    </>
  );
}
