import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import type { Draft } from '../../parts/settings/draft.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { CompareModels } from './compare-models.tsx';
import { OllamaPull } from './ollama-pull.tsx';
import { ProviderList } from './provider-list.tsx';
import { RoutingForm } from './routing-form.tsx';
import './models.css';

/** Which models there are, which one answers, and how they do. */
export function ModelsPage() {
  const [draft, setDraft] = useState<Draft>({});
  useUnsaved(Object.keys(draft).length > 0, '/models');
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => answerOf(api.settings.$get()) });
  return (
    <Page title="Models" text="Who thinks: the providers, which of their models answers, and how they do.">
      <QueryView query={settings} what="settings">
        {(all) => (
          <>
            <Section
              title="Providers"
              text="One is enough. Keys are kept encrypted and are never shown again."
            >
              <ProviderList settings={all} draft={draft} onDraft={setDraft} />
            </Section>
            <RoutingForm settings={all} draft={draft} onDraft={setDraft} />
            <OllamaPull url={all.find(({ definition }) => definition.key === 'models.ollama.url')?.value} />
            <CompareModels />
          </>
        )}
      </QueryView>
    </Page>
  );
}
