import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import type { Draft } from '../../parts/settings/draft.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { Assistants } from './assistants.tsx';
import { PersonaForm } from './persona-form.tsx';
import { PromptPreview } from './prompt-preview.tsx';
import './persona.css';

/** How the assistant presents itself, and what a model is told because of it. */
export function PersonaPage() {
  const [draft, setDraft] = useState<Draft>({});
  const [assistant, setAssistant] = useState<string | null>(null);
  useUnsaved(Object.keys(draft).length > 0, '/persona');
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => answerOf(api.settings.$get()) });
  return (
    <Page
      title="Persona"
      text="Who answers you, how it speaks, and everything a model is told before it does."
    >
      <QueryView query={settings} what="the persona">
        {(all) => (
          <div className="persona">
            <div className="persona-column">
              <PersonaForm
                settings={all.filter(({ definition }) => definition.category === 'persona')}
                draft={draft}
                onDraft={setDraft}
              />
              <Assistants />
            </div>
            <div className="persona-column">
              <PromptPreview persona={draft} assistant={assistant} onAssistant={setAssistant} />
            </div>
          </div>
        )}
      </QueryView>
    </Page>
  );
}
