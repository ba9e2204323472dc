/** Under which the pins of a thread are kept on the page. */
export function pinsKey(thread: string): readonly string[] {
  return ['threads', 'pins', thread];
}
