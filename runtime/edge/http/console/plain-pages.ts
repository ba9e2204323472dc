import { escapeText } from './escape-text.ts';

/** A page that says one thing, in the colours of the console. */
function plainPage(title: string, text: string, nonce: string, reload = ''): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${reload}<title>Nexus</title>
<style nonce="${nonce}">body{background:#0a0a0f;color:#e8e8f0;font:16px/1.6 sans-serif;margin:15vh auto;max-width:40rem;padding:0 1rem}
pre{white-space:pre-wrap;font-size:13px}</style></head>
<body><h1>${title}</h1><p>${text}</p></body>
</html>
`;
}

export function buildingPage(nonce: string): string {
  // A refresh of an address with a fragment, such as that of a login link, is a jump within the page: it loads nothing.
  const reload = `<script nonce="${nonce}">setTimeout(() => location.reload(), 2000)</script><noscript><meta http-equiv="refresh" content="2"></noscript>`;
  return plainPage(
    'Nexus is running',
    'The console is being built, once. This page loads it when it is done.',
    nonce,
    reload,
  );
}

export function failedPage(nonce: string, reason: string): string {
  const text = `The console could not be built. Run "npm install", start Nexus anew, and see "nexus logs".</p><pre>${escapeText(reason)}</pre><p>`;
  return plainPage('Nexus is running', text, nonce);
}

export function absentPage(nonce: string): string {
  return plainPage(
    'This is a Nexus kernel',
    'Its console is not installed. Everything the console does "nexus --help" lists as commands; /api/openapi.json describes the API, and MCP clients connect to /mcp.',
    nonce,
  );
}
