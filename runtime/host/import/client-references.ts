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
 * `keyOf` gives, and the places of VS Code by ours.
 */
export function fillReferences(text: string, keyOf: (reference: Reference) => string): string {
  return text.replaceAll(/\$\{([^{}]+)\}/g, (whole, inner: string) => {
    const place = Object.hasOwn(places, inner) ? places[inner] : undefined;
    if (place !== undefined) return place;
    const reference = readReference(inner);
    return reference === undefined ? whole : `\${settings.${keyOf(reference)}}`;
  });
}

function readReference(inner: string): Reference | undefined {
  const [, prefix, name, fallback] = /^(?:(input|env):)?([A-Za-z_][\w.-]*)(?::-(.*))?$/s.exec(inner) ?? [];
  if (name === undefined) return undefined;
  return { kind: prefix === 'input' ? 'input' : 'env', name, fallback };
}
