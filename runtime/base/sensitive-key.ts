/** What a key says about its value: nothing, that text is secret, or that numbers are secret as well. */
export type Sensitivity = 'none' | 'text' | 'all';

/** No key without one of these is sensitive; nearly every key ends here. */
const STEM = /pass|pwd|secret|token|auth|cookie|credential|key|jwt|bearer|cv[vc]|ssn/i;

const ALWAYS = new Set([
  'password',
  'passwords',
  'passwd',
  'pwd',
  'passphrase',
  'passcode',
  'cvv',
  'cvc',
  'ssn',
]);
const TEXT = new Set(
  `secret secrets token tokens credential credentials authorization cookie cookies jwt bearer apikey apikeys
  authtoken accesstoken refreshtoken idtoken clientsecret privatekey accesskey secretkey signingkey encryptionkey
  masterkey sshkey authkey basicauth proxyauth accountkey sharedkey hmackey sessionkey`.split(/\s+/),
);
/** Words that make `token_count`, `password_policy` or `secret_name` harmless. */
const ABOUT = new Set(
  `count length size type policy expires expiry expiration expired ttl url uri endpoint required enabled disabled name
  names label field consent path file dir limit max min`.split(/\s+/),
);
/** Words that tell counted or paging tokens from secret ones. */
const ABOUT_TOKENS = new Set(
  `total usage used budget per input output prompt completion cached reasoning num number page next continuation
  sync remaining rate cost price window estimate estimated ids`.split(/\s+/),
);

const MAX_KEY_CHARS = 128;
const MAX_REMEMBERED_KEYS = 1_000;
const remembered = new Map<string, Sensitivity>();

/** Judges a key such as `apiKey`, `X-Auth-Token` or `DB_PASSWORD` by its words, in any case and writing. */
export function sensitivityOf(key: string): Sensitivity {
  if (!STEM.test(key)) return 'none';
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const found = judge(key.slice(0, MAX_KEY_CHARS));
  if (key.length <= MAX_KEY_CHARS) {
    if (remembered.size >= MAX_REMEMBERED_KEYS) remembered.clear();
    remembered.set(key, found);
  }
  return found;
}

function judge(key: string): Sensitivity {
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  let found: Sensitivity = 'none';
  for (const [index, word] of words.entries()) {
    if (ABOUT.has(word)) return 'none';
    if (ALWAYS.has(word)) found = 'all';
    const next = words[index + 1] ?? '';
    if (found === 'none' && (TEXT.has(word) || TEXT.has(word + next))) found = 'text';
  }
  if (words.at(-1) === 'pass' && found === 'none') found = 'text';
  if (found === 'text' && words.some((word) => ABOUT_TOKENS.has(word)) && words.some(isTokenWord))
    return 'none';
  return found;
}

function isTokenWord(word: string): boolean {
  return word === 'token' || word === 'tokens';
}
