/** What a name could be taken for by one program and not by another: then it is no name a lease covers. */
const doubtful =
  /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\\%]|\.\.|^\s|\s$|^~|^\/\/|^[A-Za-z][A-Za-z0-9+.-]*:/u;
const doubtfulAddress = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Z}\\]|\.\.|%(?:2e|2f|5c|25|00)/iu;

/**
 * Whether a path or an http(s) address is `prefix` or lies below it. Paths are compared by their names, with `.` and
 * doubled slashes taken out. Whatever could lead elsewhere is not below anything: `..`, backslashes, escapes, a home
 * directory, a scheme or drive, invisible or look-alike characters (not NFKC), spaces at the ends. Null: `prefix` itself
 * is none.
 */
export function liesBelow(prefix: string, value: string): boolean | null {
  return prefix.includes('://') ? isBelowAddress(prefix, value) : isBelowFolder(prefix, value);
}

function isBelowFolder(prefix: string, value: string): boolean | null {
  const folder = namesOf(prefix);
  if (folder === null) return null;
  const path = namesOf(value);
  if (path === null || prefix.startsWith('/') !== value.startsWith('/')) return false;
  return folder.every((name, at) => name === path[at]);
}

function namesOf(path: string): readonly string[] | null {
  if (path === '' || doubtful.test(path) || path !== path.normalize('NFKC')) return null;
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function isBelowAddress(prefix: string, value: string): boolean | null {
  const base = addressOf(prefix);
  if (base === null || base.search !== '' || base.hash !== '') return null;
  const address = addressOf(value);
  if (address === null || address.origin !== base.origin) return false;
  const folder = base.pathname.replace(/\/+$/, '');
  return address.pathname === folder || address.pathname.startsWith(`${folder}/`);
}

function addressOf(text: string): URL | null {
  if (doubtfulAddress.test(text) || text !== text.normalize('NFKC')) return null;
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return isPlain ? url : null;
}
