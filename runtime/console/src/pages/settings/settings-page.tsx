import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Page, type PageParams } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Draft } from './draft.ts';
import { sectionsOf } from './sections.ts';
import { SectionForm } from './section-form.tsx';
import { SectionNavigation } from './section-navigation.tsx';
import { SettingHistory } from './setting-history.tsx';
import './settings.css';

/** All settings by section. What is typed is kept while one looks at another section. */
export function SettingsPage({ params }: PageParams) {
  const [draft, setDraft] = useState<Draft>({});
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => answerOf(api.settings.$get()) });
  return (
    <Page title="Settings" text="In force the moment they are saved.">
      <QueryView query={settings} what="settings">
        {(all) => {
          const sections = sectionsOf(all);
          const shown = params['section'];
          const section = sections.find(({ name }) => name === shown) ?? sections[0];
          const isHistory = shown === 'history';
          return (
            <Group align="flex-start" gap="xl" className="settings-frame">
              <SectionNavigation
                sections={sections}
                current={isHistory ? 'history' : (section?.name ?? '')}
                draft={draft}
              />
              <div className="settings-section">
                {isHistory ? (
                  <SettingHistory settings={all} />
                ) : (
                  section && (
                    <SectionForm key={section.name} section={section} draft={draft} onDraft={setDraft} />
                  )
                )}
              </div>
            </Group>
          );
        }}
      </QueryView>
    </Page>
  );
}
