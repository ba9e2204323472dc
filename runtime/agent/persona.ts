import { settingDefinitionSchema, type SettingDefinition, type SettingValues } from '../contract/settings.ts';

const tones: Readonly<Record<string, string>> = {
  professional: 'Write in a professional tone: courteous, exact, without slang.',
  casual: 'Write in a casual tone, as among friends.',
  technical: 'Write in a technical tone: precise terms, figures and units, no small talk.',
  creative: 'Write in a creative tone: vivid and inventive, and still true.',
};
const lengths: Readonly<Record<string, string>> = {
  concise: 'Answer in as few words as will do.',
  balanced: 'Answer at a length that fits the question.',
  detailed: 'Answer in detail: reasons, examples and what to look out for.',
};

/** How assistants present themselves. */
export const personaSettings: readonly SettingDefinition[] = [
  { key: 'persona.name', title: 'What the assistant is called; none: its own title' },
  { key: 'persona.user', title: 'What it calls you; none: the name of your account' },
  { key: 'persona.tone', title: 'How it speaks', choices: Object.keys(tones) },
  { key: 'persona.length', title: 'How much it says', choices: Object.keys(lengths) },
  { key: 'persona.instructions', title: 'Your own instructions, behind those of the assistant' },
  { key: 'persona.timeZone', title: "Where it is, such as Europe/Berlin; none: this machine's time zone" },
].map((definition) => settingDefinitionSchema.parse({ type: 'string', category: 'persona', ...definition }));

/** What the settings add to the prompt of an assistant; empty when they add nothing. */
export function personaText(settings: SettingValues): string {
  const chosen = (key: string, from: Readonly<Record<string, string>>): string =>
    from[String(settings.value(key) ?? '')] ?? '';
  const instructions = settings.value('persona.instructions');
  return [
    chosen('persona.tone', tones),
    chosen('persona.length', lengths),
    typeof instructions === 'string' ? instructions.trim() : '',
  ]
    .filter((text) => text !== '')
    .join('\n');
}
