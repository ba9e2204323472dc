import { Box, Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { ErrorView } from './error-view.tsx';

interface CrashBoundaryProps {
  readonly children: ReactNode;
  /** What crashed is left behind with it: another address, another try. */
  readonly place?: string;
  /** Shown in place of what crashed; what went wrong when absent. */
  readonly instead?: ReactNode;
}

interface CrashState {
  readonly error: unknown;
  readonly place: string | undefined;
}

/** Shows what went wrong in the pages below it; without it a bug in one would blank them all. */
export class CrashBoundary extends Component<CrashBoundaryProps, CrashState> {
  override state: CrashState = { error: null, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Pick<CrashState, 'error'> {
    return { error };
  }

  static getDerivedStateFromProps({ place }: CrashBoundaryProps, before: CrashState): CrashState | null {
    return place === before.place ? null : { error: null, place };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    if (this.props.instead !== undefined) return this.props.instead;
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
