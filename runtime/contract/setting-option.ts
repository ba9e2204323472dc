import { z } from 'zod';

/** One setting, in the shape of an MCPB `user_config` option, with `format` and `choices` beside it. */
export const settingOptionSchema = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'directory', 'file']).describe('What it is'),
  title: z.string().min(1).describe('Its name in forms'),
  description: z.string().optional().describe('What it is for and where to get it'),
  required: z.boolean().default(false).describe('Whether the plugin cannot do without'),
  default: z
    .union([z.string(), z.number(), z.boolean(), z.array(z.string())])
    .optional()
    .describe('Value while nobody set one; ${home} and ${workspace} are filled in'),
  multiple: z.boolean().default(false).describe('Several texts, directories or files'),
  sensitive: z.boolean().default(false).describe('A secret: kept encrypted, never shown'),
  min: z.number().optional().describe('Smallest number'),
  max: z.number().optional().describe('Largest number'),
  format: z.enum(['url', 'port']).optional().describe('What the text or number must be'),
  choices: z.array(z.string()).min(1).optional().describe('The only values allowed'),
});
export type SettingOption = z.infer<typeof settingOptionSchema>;

/** What a setting can be: text, a number, a switch, or several texts. Secrets are text. */
export const settingValueSchema = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.string()).readonly(),
]);
export type SettingValue = z.infer<typeof settingValueSchema>;

/** A variable of a process holds 128 KiB at most (execve(2), MAX_ARG_STRLEN), and a character takes up to three bytes. */
const maxTextChars = 32_768;
const maxItems = 256;
/** What masks are made of: a form that sends one back has changed nothing. */
export const maskCharacter = '•';

/** What a value must be to fit an option, such as "must be a port number from 1 to 65535"; undefined when it fits. */
export function settingProblem(option: SettingOption, value: SettingValue): string | undefined {
  switch (option.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'number':
      return numberProblem(option, value);
    default:
      if (!option.multiple) return textProblem(option, value);
      if (!Array.isArray(value) || value.length > maxItems)
        return `must be a list of at most ${maxItems} texts`;
      return value.map((item) => textProblem(option, item)).find((problem) => problem !== undefined);
  }
}

function numberProblem({ format, min, max }: SettingOption, value: SettingValue): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a number';
  if (min !== undefined && value < min) return `must be at least ${min}`;
  if (max !== undefined && value > max) return `must be at most ${max}`;
  return format === 'port' ? portProblem(value) : undefined;
}

function portProblem(port: number): string | undefined {
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return isPort ? undefined : 'must be a port number from 1 to 65535';
}

function textProblem(option: SettingOption, value: unknown): string | undefined {
  const { type, format, choices, required, sensitive } = option;
  if (typeof value !== 'string') return 'must be text';
  if (value.includes('\0')) return 'must hold no zero byte';
  if (value.length > maxTextChars) return `must have at most ${maxTextChars} characters`;
  if (value === '' && (required || sensitive || type !== 'string')) return 'must not be empty';
  if (sensitive && value.startsWith(maskCharacter)) return 'must be the secret itself, not its mask';
  if (choices !== undefined && !choices.includes(value)) return `must be one of ${choices.join(', ')}`;
  if (type !== 'string' && !/^(?:\/|~(?:\/|$)|\$\{(?:home|workspace)\})/.test(value))
    return 'must be an absolute path, or one that begins with ~, ${home} or ${workspace}';
  if (format === 'url' && !isUrl(value)) return 'must be a URL such as https://example.org';
  if (format === 'port') return portProblem(/^[1-9]\d*$/.test(value) ? Number(value) : 0);
  return undefined;
}

function isUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.host !== '';
}
