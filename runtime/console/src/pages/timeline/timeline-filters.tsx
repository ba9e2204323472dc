import { Button, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import type { TimelineKind } from '../../../../contract/timeline.ts';
import { SearchField } from '../../parts/search-field.tsx';

const kinds: Readonly<Record<TimelineKind, string>> = {
  signal: 'Signals',
  directive: 'Directives',
  run: 'Calls of tools',
  approval: 'Approvals',
  verdict: 'Verdicts on unknown calls',
  setting: 'Settings',
};
const typingMs = 250;

/** Which entries are shown; null and empty: all. Days are those of the reader. */
export interface Filter {
  readonly kind: TimelineKind | null;
  readonly text: string;
  /** Id of what the entries are about. */
  readonly ref: string;
  /** Such as 2026-11-21; both are included. */
  readonly from: string | null;
  readonly to: string | null;
}

function isKind(text: string | null): text is TimelineKind {
  return text !== null && Object.hasOwn(kinds, text);
}

/** As the address has it. */
export function filterOf(search: URLSearchParams): Filter {
  const kind = search.get('kind');
  return {
    kind: isKind(kind) ? kind : null,
    text: search.get('text') ?? '',
    ref: search.get('ref') ?? '',
    from: search.get('from'),
    to: search.get('to'),
  };
}

/** As the kernel takes it. */
export function queryOf({ kind, text, ref, from, to }: Filter) {
  const start = dayOf(from, 0);
  const end = dayOf(to, 1);
  return {
    ...(kind !== null && { kind }),
    ...(text !== '' && { text }),
    ...(ref !== '' && { ref }),
    ...(start !== null && { from: String(start) }),
    ...(end !== null && { to: String(end) }),
  };
}

/** When a day begins where the reader is, or one `later`. */
function dayOf(text: string | null, later: number): number | null {
  const parts = /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)$/.exec(text ?? '')?.groups;
  if (parts === undefined) return null;
  return new Date(Number(parts['year']), Number(parts['month']) - 1, Number(parts['day']) + later).getTime();
}

interface TimelineFiltersProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

export function TimelineFilters({ filter, onChange }: TimelineFiltersProps) {
  const { kind, text, ref, from, to } = filter;
  const [typed, setTyped] = useState(text);
  const search = useDebouncedCallback((next: string) => onChange({ ...filter, text: next.trim() }), typingMs);
  return (
    <Group align="flex-end" gap="sm">
      <SearchField
        className="timeline-search"
        label="Search"
        placeholder="A tool, a setting, a state"
        maxLength={200}
        value={typed}
        onSearch={(next) => {
          setTyped(next);
          search(next);
        }}
      />
      <Select
        label="Kind"
        placeholder="All"
        clearable
        w={220}
        data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
        value={kind}
        onChange={(next) => onChange({ ...filter, kind: isKind(next) ? next : null })}
      />
      <TextInput
        type="date"
        label="From"
        value={from ?? ''}
        onChange={({ currentTarget }) => onChange({ ...filter, from: currentTarget.value || null })}
      />
      <TextInput
        type="date"
        label="To"
        value={to ?? ''}
        onChange={({ currentTarget }) => onChange({ ...filter, to: currentTarget.value || null })}
      />
      {ref !== '' && (
        <Button variant="default" onClick={() => onChange({ ...filter, ref: '' })}>
          Only one thing is shown: show all
        </Button>
      )}
    </Group>
  );
}
