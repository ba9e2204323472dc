import { Skeleton, Stack } from '@mantine/core';

interface LoadingProps {
  /** What is loaded, for those who cannot see the grey bars. */
  readonly what: string;
  readonly rows?: number;
  readonly height?: number;
}

/** Grey bars in place of what is being loaded. */
export function Loading({ what, rows = 4, height = 56 }: LoadingProps) {
  return (
    <Stack gap="sm" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="lg" />
      ))}
    </Stack>
  );
}
