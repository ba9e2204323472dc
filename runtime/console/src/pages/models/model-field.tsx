import { Select } from '@mantine/core';
import { useModels } from '../../parts/use-models.ts';

interface ModelFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string | null;
  readonly onChange: (model: string | null) => void;
  readonly placeholder?: string;
}

/** One of the models there are; what was chosen stays, though its provider does not tell it. */
export function ModelField({ value, ...others }: ModelFieldProps) {
  const models = useModels();
  const offered = models.data?.models.map(({ model }) => model) ?? [];
  return (
    <Select
      {...others}
      className="models-choice"
      data={[...new Set(value === null ? offered : [value, ...offered])]}
      value={value}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `Choose none: ${others.label}` }}
      nothingFoundMessage={models.isPending ? 'Asking the providers…' : 'No provider offers such a model'}
    />
  );
}
