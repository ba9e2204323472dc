/** The same program is the server and, started by it once per script, the process that one script runs in. */
if (process.argv[2] === 'run-script') {
  const { serveScript } = await import('./runner.ts');
  await serveScript();
} else {
  const { serve } = await import('./server.ts');
  serve();
}
