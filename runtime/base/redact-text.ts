import { redactKnown } from './known-secrets.ts';
import { redactAssignments } from './redact-assignments.ts';

/** Stands where a secret was. */
export const REDACTED = '[redacted]';

interface Shape {
  /** One of these must occur before the pattern is tried: a native search is far cheaper than a pattern. */
  readonly hints: readonly string[];
  readonly pattern: RegExp;
  readonly replacement: string;
}

/**
 * What secrets look like. Every pattern takes linear time: it starts at a literal or once in a run of its own
 * characters (lookbehind), and what follows consumes what it read or fails within a fixed distance.
 */
const SHAPES: readonly Shape[] = [
  {
    hints: ['PRIVATE KEY'],
    pattern: /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,45}-----|$)/g,
    replacement: REDACTED,
  },
  { hints: ['eyJ'], pattern: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*){0,3}/g, replacement: REDACTED },
  {
    hints: ['sk-', 'xox', 'xapp-', 'glpat-', 'pypi-', 'AGE-SECRET-KEY-'],
    pattern: /(?<![A-Za-z0-9])(?:sk-|xox[a-z]-|xapp-|glpat-|pypi-|AGE-SECRET-KEY-)[\w-]{12,}/g,
    replacement: REDACTED,
  },
  {
    hints: [
      'sk_',
      'rk_',
      'gho_',
      'ghp_',
      'ghr_',
      'ghs_',
      'ghu_',
      'github_pat_',
      'npm_',
      'hf_',
      'whsec_',
      'dop_v1_',
    ],
    pattern: /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)|gh[oprsu]|github_pat|npm|hf|whsec|dop_v1)_\w{16,}/g,
    replacement: REDACTED,
  },
  {
    hints: ['AKIA', 'ASIA', 'AIza', 'ya29.', 'SG.'],
    pattern:
      /(?<![A-Za-z0-9])(?:A[KS]IA[0-9A-Z]{16}(?![0-9A-Za-z])|AIza[\w-]{30,}|ya29\.[\w.-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,})/g,
    replacement: REDACTED,
  },
  // Tokens of our own API.
  { hints: ['nexus_'], pattern: /(?<![A-Za-z0-9])nexus_[0-9a-f]{64}/g, replacement: REDACTED },
  { hints: [':AA'], pattern: /(?<!\d)\d{8,12}:AA[\w-]{30,}/g, replacement: REDACTED },
  { hints: ['://'], pattern: /(:\/\/[^\s/?#"'<>:@]{0,256}:)[^\s/?#"'<>]*@/g, replacement: `$1${REDACTED}@` },
  {
    hints: ['hooks.slack.com/', '/api/webhooks/'],
    pattern: /(hooks\.slack\.com\/(?:services|workflows|triggers)\/|\/api\/webhooks\/)[\w/-]+/g,
    replacement: `$1${REDACTED}`,
  },
];

const SCHEME = /(?<![A-Za-z0-9])(bearer|basic)( {1,4})([\w.~+/=-]{3,})/gi;
/** What follows "bearer" and "basic" in prose. */
const PROSE = /^(?:tokens?|auth\w*|schemes?|headers?|realm|is|or|and|with|for|in|to|as|the|of)[.]?$/;
const SHORTEST_SECRET_CHARS = 5;

/** Replaces known secrets and what looks like a secret in a text, such as a log line. In linear time; twice changes nothing more. */
export function redactText(text: string): string {
  if (text.length < SHORTEST_SECRET_CHARS) return text;
  let redacted = redactKnown(text);
  for (const shape of SHAPES) {
    if (shape.hints.some((hint) => redacted.includes(hint))) {
      redacted = redacted.replaceAll(shape.pattern, shape.replacement);
    }
  }
  if (redacted.includes('earer ') || redacted.includes('asic ') || /(?:BEARER|BASIC) /.test(redacted)) {
    redacted = redacted.replaceAll(SCHEME, (match, scheme: string, space: string, value: string) =>
      isProse(scheme, value) ? match : `${scheme}${space}${REDACTED}`,
    );
  }
  return redactAssignments(redacted, REDACTED);
}

function isProse(scheme: string, value: string): boolean {
  if (/^basic$/i.test(scheme) && /^(?:[A-Z]?[a-z]+|[A-Z]+)[.]?$/.test(value)) return true;
  return PROSE.test(value);
}
