import { TextInput, type TextInputProps } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';

interface SearchFieldProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  readonly value: string;
  readonly onSearch: (words: string) => void;
}

/** Where words are typed that are looked for. */
export function SearchField({ onSearch, ...others }: SearchFieldProps) {
  return (
    <TextInput
      maxLength={500}
      {...others}
      leftSection={<IconSearch size={16} aria-hidden />}
      onChange={({ currentTarget }) => onSearch(currentTarget.value)}
    />
  );
}
