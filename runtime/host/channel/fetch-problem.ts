import { messageOf, systemCode } from '../../base/errors.ts';

interface FetchProblem {
  /** What happened, in plain words, with the host. */
  readonly problem: string;
  /** Whether the request can have got there. */
  readonly isSent: boolean;
}

const untrusted = 'shows a certificate that no authority known to this machine has signed';
const noTls = 'does not speak TLS; is it http: instead of https:?';

/** By the code of the cause: what is wrong with the host. None of these got as far as sending the request. */
const neverSent: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'cannot be reached: nothing listens there',
  ENOTFOUND: 'cannot be reached: its name is not known',
  EAI_AGAIN: 'cannot be reached: the name service does not answer',
  EHOSTUNREACH: 'cannot be reached: there is no way to it from this machine',
  ENETUNREACH: 'cannot be reached: there is no way to its network from this machine',
  UND_ERR_CONNECT_TIMEOUT: 'cannot be reached: it does not answer',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  CERT_NOT_YET_VALID: 'shows a certificate that is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate of another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
};

const maybeSent: Readonly<Record<string, string>> = {
  ECONNRESET: 'broke off the connection',
  EPIPE: 'broke off the connection',
  UND_ERR_SOCKET: 'broke off the connection',
  ETIMEDOUT: 'does not answer any more',
  UND_ERR_HEADERS_TIMEOUT: 'has not begun to answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its answer',
};

/** Why `fetch` failed; its own message is "fetch failed", whatever the reason. */
export function explainFetch(error: unknown, url: URL): FetchProblem {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = systemCode(cause) ?? '';
  const words = neverSent[code] ?? maybeSent[code];
  const isSent = neverSent[code] === undefined;
  if (words !== undefined) return { problem: `${hostOf(url)} ${words} (${code})`, isSent };
  const detail = cause instanceof Error ? [cause.message, code].filter((text) => text !== '').join(', ') : '';
  return { problem: `${messageOf(error)}${detail === '' ? '' : ` (${detail})`}`, isSent };
}

function hostOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}
