/** A service that speaks the chat completions form of OpenAI. */
export interface CompatibleService {
  /** What stands before the slash of its models, and in the names of its settings. */
  readonly name: string;
  readonly title: string;
  /** Where it answers; null: it must be set. */
  readonly baseUrl: string | null;
  readonly needsKey: boolean;
  /** Where a key comes from. */
  readonly keyHint: string;
  /** How the answer's length is limited: OpenAI's newer models refuse the older name, other services do not know the newer one. */
  readonly lengthField: 'max_completion_tokens' | 'max_tokens';
  /** Which models take `reasoning_effort`; others refuse it. */
  readonly thinks: RegExp;
}

export const compatibleServices: readonly CompatibleService[] = [
  {
    name: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    needsKey: true,
    keyHint: 'From https://platform.openai.com/api-keys',
    lengthField: 'max_completion_tokens',
    thinks: /^(?:o\d|gpt-[5-9])/,
  },
  {
    name: 'gemini',
    title: 'Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    needsKey: true,
    keyHint: 'From https://aistudio.google.com/apikey',
    lengthField: 'max_tokens',
    thinks: /gemini-(?:2\.5|[3-9])/,
  },
  {
    name: 'openrouter',
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    needsKey: true,
    keyHint: 'From https://openrouter.ai/keys',
    lengthField: 'max_tokens',
    thinks: /./,
  },
  {
    name: 'local',
    title: 'A server of the OpenAI form',
    baseUrl: null,
    needsKey: false,
    keyHint: 'Only where the server asks for one',
    lengthField: 'max_tokens',
    thinks: /(?!)/,
  },
];
