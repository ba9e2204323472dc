/** A longer URI is a sub-resource of nothing: looking costs its square. */
const longest = 4_096;

/**
 * `uri` and every URI it may be a sub-resource of by the hierarchy in it (RFC 3986 §1.2.3). An update may name a
 * sub-resource of what a client subscribed to (2025-11-25 and 2026-07-28, ResourceUpdatedNotificationParams), and
 * neither says what one is.
 */
export function* resourcesAbove(uri: string): Generator<string> {
  yield uri;
  if (uri.length > longest) return;
  for (let end = uri.length - 1; end > 0; end--) {
    if (!'/?#'.includes(uri.charAt(end))) continue;
    if (end + 1 < uri.length) yield uri.slice(0, end + 1);
    yield uri.slice(0, end);
  }
}
