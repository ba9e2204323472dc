/** A graceful stop may take this long; what is left then goes with the process. */
const graceMs = 5_000;

/** Settles at the first SIGINT or SIGTERM; the second one ends the process at once. */
export function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isTold = false;
  const onSignal = (): void => {
    if (isTold) process.exit(0);
    isTold = true;
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  return promise;
}

/** Disposes of what runs; after five seconds the process ends, whatever still keeps it alive. */
export async function stopWithin(running: AsyncDisposable): Promise<void> {
  setTimeout(() => {
    process.stderr.write(`Stopping took longer than ${graceMs / 1_000} s; the rest was ended by force.\n`);
    process.exit(1);
  }, graceMs).unref();
  await running[Symbol.asyncDispose]();
}
