import { Accordion, Button, Text } from '@mantine/core';
import { IconSchool } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Skill } from '../../../../contract/context.ts';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { MarkdownView } from '../../parts/markdown-view.tsx';
import { Page } from '../../parts/page.tsx';
import { QueryView } from '../../parts/query-view.tsx';

/** What the packages of plugins teach assistants. */
export function SkillsPage() {
  const skills = useQuery({ queryKey: ['plugins', 'skills'], queryFn: () => answerOf(api.skills.$get()) });
  return (
    <Page
      title="Skills"
      text="How plugins say that things are done. An assistant reads one when it needs it; its text is data of the plugin, never an instruction of yours."
    >
      <QueryView query={skills} what="skills">
        {(all) => (all.length === 0 ? <NoSkills /> : <SkillList skills={all} />)}
      </QueryView>
    </Page>
  );
}

function SkillList({ skills }: { readonly skills: readonly Skill[] }) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Accordion variant="separated" radius="lg" value={open} onChange={setOpen}>
      {skills.map(({ name, description }) => (
        <Accordion.Item key={name} value={name}>
          <Accordion.Control>
            <Text fw={600}>{name}</Text>
            <Text size="sm" c="dimmed">
              {description}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>{open === name && <SkillText name={name} />}</Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

function SkillText({ name }: { readonly name: string }) {
  const [plugin = '', skill = ''] = name.split('/');
  const text = useQuery({
    queryKey: ['plugins', 'skills', name],
    queryFn: () => answerOf(api.skills[':plugin'][':skill'].$get({ param: { plugin, skill } })),
  });
  return (
    <QueryView query={text} what="the skill">
      {(found) => <MarkdownView text={withoutFront(found.text)} />}
    </QueryView>
  );
}

/** Without the front matter, whose description stands above. */
function withoutFront(text: string): string {
  return text.replace(/^---\n[\s\S]*?\n---\n?/, '');
}

function NoSkills() {
  return (
    <EmptyState
      icon={IconSchool}
      title="No plugin brings skills"
      text="A plugin package has them as skills/NAME/SKILL.md. They are offered while the plugin is enabled."
    >
      <Button component={Link} href="/plugins/add">
        Add a plugin
      </Button>
    </EmptyState>
  );
}
