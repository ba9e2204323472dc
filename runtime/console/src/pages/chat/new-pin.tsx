import { Autocomplete, Button, SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import type { Pin } from '../../../../contract/context.ts';
import { usePinChoices, words } from './pin-choices.ts';

const kinds = ['memory', 'skill', 'file'] as const;
const data = kinds.map((value) => ({ value, label: words[value] }));

interface NewPinProps {
  readonly isBusy: boolean;
  readonly onPin: (pin: Pin, onDone: () => void) => void;
}

/** Chooses what is told always. */
export function NewPin({ isBusy, onPin }: NewPinProps) {
  const [kind, setKind] = useState<Pin['kind']>('memory');
  const [ref, setRef] = useState('');
  const choices = usePinChoices(kind);
  const choose = (next: Pin['kind']): void => {
    setKind(next);
    setRef('');
  };
  return (
    <form
      className="chat-new-pin"
      onSubmit={(event) => {
        event.preventDefault();
        onPin({ kind, ref: ref.trim() }, () => setRef(''));
      }}
    >
      <SegmentedControl aria-label="What is pinned" data={data} value={kind} onChange={choose} />
      {kind === 'file' ? (
        <Autocomplete
          label="File of the workspace"
          placeholder="notes/plan.md"
          data={choices.map(({ value }) => value)}
          value={ref}
          onChange={setRef}
          maxLength={1_000}
        />
      ) : (
        <Select
          label={words[kind]}
          placeholder={kind === 'memory' ? 'Words of a memory' : 'Name of a skill'}
          nothingFoundMessage="There is none"
          data={[...choices]}
          value={ref === '' ? null : ref}
          onChange={(next) => setRef(next ?? '')}
          searchable
        />
      )}
      <Button type="submit" loading={isBusy} disabled={ref.trim() === ''}>
        Pin it
      </Button>
    </form>
  );
}
