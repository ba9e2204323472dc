import { Tabs } from '@mantine/core';
import { useLocation } from 'wouter';
import { EmptyTrash } from '../../parts/empty-trash.tsx';
import { Page, type PageParams } from '../../parts/page.tsx';
import { mayGoTo } from '../../parts/use-unsaved.ts';
import { MemoryFiles } from './memory-files.tsx';
import { MemoryList } from './memory-list.tsx';

const views = ['kept', 'files', 'trash'] as const;
type View = (typeof views)[number];

/** What assistants keep in mind: what is told as an instruction, what only as data, and who stands behind it. */
export function MemoryPage({ params }: PageParams) {
  const [, go] = useLocation();
  const view: View = views.find((one) => one === params['view']) ?? 'kept';
  return (
    <Page
      title="Memory"
      text="What assistants keep in mind over conversations. Only what you stand behind counts as an instruction."
      actions={
        view === 'trash' && (
          <EmptyTrash of="memories" text="All memories in the trash are deleted for good." />
        )
      }
    >
      <Tabs
        value={view}
        onChange={(next) => {
          const path = next === 'kept' ? '/memory' : `/memory/${next ?? ''}`;
          if (mayGoTo(path)) go(path);
        }}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="kept">Memories</Tabs.Tab>
          <Tabs.Tab value="files">Files</Tabs.Tab>
          <Tabs.Tab value="trash">Trash</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={view}>
          {view === 'files' ? <MemoryFiles /> : <MemoryList key={view} isTrash={view === 'trash'} />}
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
