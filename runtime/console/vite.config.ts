import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev:console` finds a running kernel. */
const kernel = process.env['NEXUS_URL'] ?? 'http://127.0.0.1:4700';

export default defineConfig({
  plugins: [react()],
  // The kernel puts a fresh nonce in its place each time it serves the page.
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    target: 'es2023',
    // These have light-dark(), which older ones would need variables for that nothing sets.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: {
      // The forms come with a part for tests of their own; nothing here uses it, nor the validator that it asks for.
      external: ['@rjsf/validator-ajv8'],
      treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
    },
  },
  server: { proxy: { '/api': { target: kernel, changeOrigin: true } } },
});
