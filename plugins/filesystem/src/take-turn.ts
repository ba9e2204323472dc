/** Lets waiting calls run, then goes on, or stops when this call was canceled meanwhile. */
export async function takeTurn(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  signal.throwIfAborted();
}
