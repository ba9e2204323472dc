/** Whether something settles within a time; the timer does not outlive the question. */
export async function endsWithin(life: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, timeoutMs, false);
  try {
    return await Promise.race([life.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
