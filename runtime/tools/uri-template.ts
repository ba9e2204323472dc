/** Longest template and URI compared; longer ones match nothing. */
const lengthLimit = 4_096;

/**
 * Whether `uri` can be an expansion of an RFC 6570 template: the literal parts must appear in order, first and
 * last anchored, with anything between. Linear in the length of the URI, since templates come from plugins.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  if (template.length > lengthLimit || uri.length > lengthLimit) return false;
  const literals = template.split(/\{[^{}]*\}/);
  const first = literals[0] ?? '';
  const last = literals.at(-1) ?? '';
  if (literals.length === 1) return template === uri;
  if (!uri.startsWith(first) || !uri.endsWith(last) || uri.length < first.length + last.length) return false;
  const end = uri.length - last.length;
  let at = first.length;
  for (const literal of literals.slice(1, -1)) {
    const found = uri.indexOf(literal, at);
    if (found === -1 || found + literal.length > end) return false;
    at = found + literal.length;
  }
  return true;
}

/** How many characters of a template are not variable. */
export function literalLength(template: string): number {
  return template.replaceAll(/\{[^{}]*\}/g, '').length;
}
