import '@fontsource-variable/dm-sans';
import '@fontsource-variable/jetbrains-mono';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { guardUnsaved } from './parts/use-unsaved.ts';

const root = document.querySelector('#root');
if (root === null) throw new TypeError('the page has no #root');
guardUnsaved();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
