import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Page, type PageParams } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import type { Draft } from '../../parts/settings/draft.ts';
import { SettingsForm } from '../../parts/settings/settings-form.tsx';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { sectionsOf } from './sections.ts';
import { isExtra, SectionNavigation } from './section-navigation.tsx';
import { SettingHistory } from './setting-history.tsx';
import { SettingsFile } from './settings-file.tsx';
import './settings.css';

/** All settings by section. What is typed is kept while one looks at another section. */
export function SettingsPage({ params }: PageParams) {
  const [draft, setDraft] = useState<Draft>({});
  useUnsaved(Object.keys(draft).length > 0, '/settings');
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => answerOf(api.settings.$get()) });
  return (
    <Page title="Settings" text="In force the moment they are saved.">
      <QueryView query={settings} what="settings">
        {(all) => {
          const sections = sectionsOf(all);
          const shown = params['section'];
          const section = sections.find(({ name }) => name === shown) ?? sections[0];
          return (
            <Group align="flex-start" gap="xl" className="settings-frame">
              <SectionNavigation
                sections={sections}
                current={isExtra(shown) ? shown : (section?.name ?? '')}
                draft={draft}
              />
              <div className="settings-section">
                {shown === 'history' && <SettingHistory settings={all} />}
                {shown === 'file' && <SettingsFile />}
                {!isExtra(shown) && section && (
                  <Section title={section.title} text={section.text}>
                    <SettingsForm
                      key={section.name}
                      title={section.title}
                      settings={section.settings}
                      draft={draft}
                      onDraft={setDraft}
                    />
                  </Section>
                )}
              </div>
            </Group>
          );
        }}
      </QueryView>
    </Page>
  );
}
