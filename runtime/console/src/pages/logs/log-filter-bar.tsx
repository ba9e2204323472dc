import { Select } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { LogFilter } from '../../../../contract/logs.ts';
import { answerOf, api } from '../../api/client.ts';
import { SearchField } from '../../parts/search-field.tsx';
import { components, levels, type FilterChange } from './log-filter.ts';

const typingMs = 300;

interface LogFilterBarProps {
  readonly filter: LogFilter;
  readonly onChange: (change: FilterChange) => void;
}

/** Which lines are shown. */
export function LogFilterBar({ filter, onChange }: LogFilterBarProps) {
  const { level, component = null, plugin = null, text = '' } = filter;
  const [typed, setTyped] = useState(text);
  const search = useDebouncedCallback((said: string) => onChange({ text: said.trim() }), typingMs);
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => answerOf(api.plugins.$get()) });
  const names = plugins.data?.map(({ name }) => name) ?? [];
  return (
    <search className="log-filter">
      <SearchField
        aria-label="Search the log"
        placeholder="Search"
        value={typed}
        onSearch={(next) => {
          setTyped(next);
          search(next);
        }}
      />
      <Select
        aria-label="Level"
        data={Object.entries(levels).map(([value, label]) => ({ value, label }))}
        value={level}
        allowDeselect={false}
        onChange={(chosen) => onChange({ level: chosen === 'debug' ? null : chosen })}
      />
      <Select
        aria-label="Component"
        placeholder="All components"
        data={withChosen(components, component)}
        value={component}
        clearable
        onChange={(chosen) => onChange({ component: chosen })}
      />
      <Select
        aria-label="Plugin"
        placeholder="All plugins"
        data={withChosen(names, plugin)}
        value={plugin}
        searchable
        clearable
        onChange={(chosen) => onChange({ plugin: chosen })}
      />
    </search>
  );
}

/** What an address asks for stays a choice, even if nothing has that name any more. */
function withChosen(names: readonly string[], chosen: string | null): string[] {
  return [...new Set(chosen === null ? names : [...names, chosen])];
}
