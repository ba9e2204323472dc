import { z } from 'zod';
import type { Scope } from './scope.ts';

// Who is let in, and what they may do. `id` names the schema in the OpenAPI document.

/** What a token may be made for; `admin` includes the others. */
export const rights = ['read', 'chat', 'tools', 'admin'] as const;
export type Right = (typeof rights)[number];

const rightSchema = z
  .enum(rights)
  .describe(
    'read: see everything but secrets; chat: talk to the assistant; tools: run tools and connect MCP clients; admin: everything',
  );

/** Whose request it is. */
export interface Caller {
  /** `key`: whoever can read the data directory; `session`: a browser that signed in; `token`: a program. */
  readonly kind: 'key' | 'session' | 'token';
  /** Of the session or the token. */
  readonly id: string;
  /** What the caller is called in errors and logs. */
  readonly name: string;
  readonly rights: readonly Right[];
  /** What the pages of a session send along with every change; null unless it is one. */
  readonly csrf: string | null;
}

/** How a session was opened. */
const waySchema = z.enum(['link', 'password']);
export type SignInWay = z.infer<typeof waySchema>;

const timeSchema = z.int().describe('Milliseconds since 1970');

/** The session of the one who asks. */
export const sessionStateSchema = z
  .object({
    state: z.enum(['none', 'signed-in']),
    user: z.string().nullable(),
    csrf: z
      .string()
      .nullable()
      .describe('To be sent as x-nexus-csrf with every request that is not GET or HEAD'),
    hasPassword: z.boolean().describe('Whether one can sign in with a password'),
    expiresAt: timeSchema.nullable().describe('When it ends unless it is used, in milliseconds since 1970'),
  })
  .meta({ id: 'SessionState' });
export type SessionState = z.infer<typeof sessionStateSchema>;

/** Strings beyond these lengths are no codes and no passwords. */
export const signInSchema = z
  .union([
    z.strictObject({ code: z.string().min(1).max(200).describe('Of a one-time link') }),
    z.strictObject({ password: z.string().min(1).max(1_000) }),
  ])
  .meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof signInSchema>;

export const sessionSchema = z
  .object({
    id: z.string(),
    way: waySchema,
    agent: z.string().describe('The browser as it named itself'),
    createdAt: timeSchema,
    lastSeenAt: timeSchema.describe('To the minute'),
    expiresAt: timeSchema,
    isCurrent: z.boolean().describe('Whether it is the one that asks'),
  })
  .meta({ id: 'Session' });

export const loginLinkSchema = z
  .object({ url: z.string().describe('Works once'), expiresAt: timeSchema })
  .meta({ id: 'LoginLink' });

export const newPasswordSchema = z
  .strictObject({
    current: z.string().max(1_000).optional().describe('Needed unless the session came from a fresh link'),
    password: z.string().min(8).max(1_000),
  })
  .meta({ id: 'NewPassword' });

export const newTokenSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(rightSchema).min(1).max(rights.length),
    expiresInDays: z.int().min(1).max(3_650).nullable().default(90).describe('Null: it never expires'),
  })
  .meta({ id: 'NewToken' });
export type NewToken = z.infer<typeof newTokenSchema>;

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(rightSchema),
    start: z.string().describe('Its first characters, to recognise it'),
    createdAt: timeSchema,
    expiresAt: timeSchema.nullable(),
    lastUsedAt: timeSchema.nullable().describe('To the minute'),
  })
  .meta({ id: 'Token' });
export type Token = z.infer<typeof tokenSchema>;

export const madeTokenSchema = tokenSchema
  .extend({ token: z.string().describe('Shown this once; only its hash is kept') })
  .meta({ id: 'MadeToken' });

/** From where somebody signs in. */
export interface SignInFrom {
  readonly address: string;
  /** What a browser that signed in before shows; null when it shows nothing. */
  readonly device: string | null;
  readonly agent: string;
  /** The session cookie it had; it ends. */
  readonly previous: string | null;
}

/** What a browser gets when it has signed in. */
export interface SignedIn {
  readonly caller: Caller;
  /** Secret of the session. */
  readonly secret: string;
  readonly expiresAt: number;
  /** Lets this browser try again while strangers are kept waiting. */
  readonly device: string;
}

/** A session as its repository keeps it; of the secret only the hash. */
export interface SessionRecord {
  readonly id: string;
  readonly hash: string;
  readonly way: SignInWay;
  readonly agent: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** When it ends however much it is used. */
  readonly expiresAt: number;
}

export interface TokenRecord extends Token {
  readonly hash: string;
}

/** Sessions, tokens, one-time codes and passwords. Nothing secret is kept but as a hash. */
export interface AccessRecords {
  password(scope: Scope): Promise<string | null>;
  setPassword(scope: Scope, hash: string, at: number): Promise<void>;
  addCode(scope: Scope, hash: string, expiresAt: number): Promise<void>;
  /** True for one caller only, and only before it expires. */
  takeCode(scope: Scope, hash: string, now: number): Promise<boolean>;
  addSession(scope: Scope, session: SessionRecord): Promise<void>;
  session(scope: Scope, hash: string): Promise<SessionRecord | null>;
  /** The latest first. */
  sessions(scope: Scope): Promise<readonly SessionRecord[]>;
  touchSession(scope: Scope, id: string, at: number): Promise<void>;
  /** Whether there was one. */
  removeSession(scope: Scope, id: string): Promise<boolean>;
  addToken(scope: Scope, token: TokenRecord): Promise<void>;
  token(scope: Scope, hash: string): Promise<TokenRecord | null>;
  tokens(scope: Scope): Promise<readonly TokenRecord[]>;
  touchToken(scope: Scope, id: string, at: number): Promise<void>;
  removeToken(scope: Scope, id: string): Promise<boolean>;
}

/** Who is let in. */
export interface Access {
  /** The caller that a bearer token belongs to. */
  ofToken(token: string): Promise<Caller | null>;
  /** The caller that a session cookie belongs to. `isUse` false: a look that does not keep it open. */
  ofSession(secret: string, isUse?: boolean): Promise<{ caller: Caller; expiresAt: number } | null>;
  hasPassword(): Promise<boolean>;
  /** A code for one sign-in within ten minutes. */
  newCode(): Promise<{ readonly code: string; readonly expiresAt: number }>;
  /** Throws LOGIN_LINK_INVALID, PASSWORD_WRONG, PASSWORD_NOT_SET or LOGIN_LIMITED. */
  signIn(proof: SignIn, from: SignInFrom): Promise<SignedIn>;
  sessions(caller: Caller): Promise<z.infer<typeof sessionSchema>[]>;
  /** Throws SESSION_UNKNOWN. */
  endSession(id: string): Promise<void>;
  endAllSessions(): Promise<void>;
  /** Ends every session but the caller's. Throws PASSWORD_NEEDED or PASSWORD_WRONG. */
  setPassword(caller: Caller, password: string, current: string | undefined): Promise<void>;
  tokens(): Promise<Token[]>;
  /** Throws TOKEN_LIMIT. */
  makeToken(made: NewToken): Promise<z.infer<typeof madeTokenSchema>>;
  /** Throws TOKEN_UNKNOWN. */
  removeToken(id: string): Promise<void>;
  /** Calls once the caller's session or token has ended; returns the end of it. */
  onEnd(caller: Caller, listener: () => void): () => void;
}
