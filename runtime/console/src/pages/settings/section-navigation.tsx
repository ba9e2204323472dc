import { NavLink, Select, Text } from '@mantine/core';
import { IconFileExport, IconHistory } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { changedOf, type Draft } from '../../parts/settings/draft.ts';
import type { Section } from './sections.ts';

interface SectionNavigationProps {
  readonly sections: readonly Section[];
  readonly current: string;
  readonly draft: Draft;
}

/** What is done with all settings. */
const extras = [
  { name: 'history', title: 'What was changed', icon: IconHistory },
  { name: 'file', title: 'Export and import', icon: IconFileExport },
] as const;

export function isExtra(name: string | undefined): name is (typeof extras)[number]['name'] {
  return extras.some((extra) => extra.name === name);
}

const addressOf = (name: string): string => `/settings/${encodeURIComponent(name)}`;

/** The sections beside the form, as a list of choices where there is no room beside it. */
export function SectionNavigation({ sections, current, draft }: SectionNavigationProps) {
  const [, go] = useLocation();
  const own = sections.filter(({ isPlugin }) => !isPlugin);
  const plugins = sections.filter(({ isPlugin }) => isPlugin);
  return (
    <>
      <Select
        className="settings-choice"
        label="Section"
        allowDeselect={false}
        data={[
          {
            group: 'Nexus',
            items: [...choicesOf(own), ...extras.map(({ name, title }) => ({ value: name, label: title }))],
          },
          { group: 'Plugins', items: choicesOf(plugins) },
        ].filter(({ items }) => items.length > 0)}
        value={current}
        onChange={(name) => name !== null && go(addressOf(name))}
      />
      <nav className="settings-navigation" aria-label="Sections of settings">
        {own.map((section) => (
          <SectionLink key={section.name} section={section} current={current} draft={draft} />
        ))}
        {extras.map(({ name, title, icon: Icon }) => (
          <NavLink
            key={name}
            component={Link}
            href={addressOf(name)}
            label={title}
            leftSection={<Icon size={16} aria-hidden />}
            active={current === name}
          />
        ))}
        {plugins.length > 0 && (
          <Text size="sm" fw={600} c="dimmed" mt="md" px="sm">
            Plugins
          </Text>
        )}
        {plugins.map((section) => (
          <SectionLink key={section.name} section={section} current={current} draft={draft} />
        ))}
      </nav>
    </>
  );
}

interface SectionLinkProps extends Omit<SectionNavigationProps, 'sections'> {
  readonly section: Section;
}

function SectionLink({ section: { name, title, settings }, current, draft }: SectionLinkProps) {
  const changed = changedOf(draft, settings).length;
  return (
    <NavLink
      component={Link}
      href={addressOf(name)}
      label={title}
      active={current === name}
      rightSection={changed > 0 && <span className="settings-dirty">{changed} unsaved</span>}
    />
  );
}

function choicesOf(sections: readonly Section[]) {
  return sections.map(({ name, title }) => ({ value: name, label: title }));
}
