/** An answer's body that is read only as fast as the caller takes it; whoever goes away ends the source. */
export function byteStream(source: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const parts = source[Symbol.asyncIterator]();
  let hasBegun = false;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      hasBegun = true;
      const { done, value } = await parts.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      // A generator that never began would not clear up.
      if (!hasBegun) await parts.next();
      await parts.return?.();
    },
  });
}
