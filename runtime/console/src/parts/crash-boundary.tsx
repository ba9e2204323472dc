import { Box, Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { ErrorView } from './error-view.tsx';

interface CrashBoundaryProps {
  readonly children: ReactNode;
}

/** Shows what went wrong in the pages below it; without it a bug in one would blank them all. */
export class CrashBoundary extends Component<CrashBoundaryProps, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return (
      <Box p="lg" maw={640} mx="auto">
        <ErrorView error={this.state.error} />
        <Button mt="md" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      </Box>
    );
  }
}
