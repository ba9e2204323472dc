import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { LiveProvider } from './api/live.tsx';
import { createQueryClient } from './api/queries.ts';
import { CrashBoundary } from './parts/crash-boundary.tsx';
import { SessionGate } from './shell/session-gate.tsx';
import { Shell } from './shell/shell.tsx';
import { cssVariablesResolver, theme } from './theme.ts';

/** The nonce that allows styles made at run time; the kernel makes a new one for each page. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

// Dialogs that keep the page behind them from scrolling bring a style of their own; their library asks by this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });

export function App() {
  const [queries] = useState(createQueryClient);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="dark"
      getStyleNonce={styleNonce}
    >
      <Notifications position="top-center" limit={4} />
      <CrashBoundary>
        <QueryClientProvider client={queries}>
          <SessionGate>
            <LiveProvider>
              <Shell />
            </LiveProvider>
          </SessionGate>
        </QueryClientProvider>
      </CrashBoundary>
    </MantineProvider>
  );
}
