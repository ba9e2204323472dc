/** Something a configuration file refers to instead of writing it. */
export interface Reference {
  /** An input of VS Code, or an environment variable. */
  readonly kind: 'input' | 'env';
  readonly name: string;
  readonly fallback: string | undefined;
}

/** Names that VS Code and its kin fill in themselves, and what they are here. */
const places: Readonly<Record<string, string>> = {
  workspaceFolder: '${workspace}',
  workspaceRoot: '${workspace}',
  userHome: '${home}',
  HOME: '${home}',
  cwd: '${workspace}',
  pathSeparator: '/',
  '/': '/',
};

/**
 * Replaces `${input:id}`, `${env:NAME}`, `${NAME}` and `${NAME:-fallback}` by `${settings.KEY}`, with the key that
 * `keyOf` gives, and the places of VS Code by ours. What is none of these stays, and `onUnknown` is told of it.
 */
export function fillReferences(
  text: string,
  keyOf: (reference: Reference) => string,
  onUnknown: (reference: string) => void,
): string {
  return text.replaceAll(/\$\{([^{}]+)\}/g, (whole, inner: string) => {
    const place = Object.hasOwn(places, inner) ? places[inner] : undefined;
    if (place !== undefined) return place;
    const reference = readReference(inner);
    if (reference !== undefined) return `\${settings.${keyOf(reference)}}`;
    onUnknown(whole);
    return whole;
  });
}

function readReference(inner: string): Reference | undefined {
  // An id of VS Code is any text.
  const [, id] = /^input:(.+)$/s.exec(inner) ?? [];
  if (id !== undefined) return { kind: 'input', name: id, fallback: undefined };
  const [, name, fallback] = /^(?:env:)?([A-Za-z_][\w.-]*)(?::-(.*))?$/s.exec(inner) ?? [];
  return name === undefined ? undefined : { kind: 'env', name, fallback };
}
