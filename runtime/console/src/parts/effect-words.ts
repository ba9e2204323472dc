const words: Readonly<Record<string, string>> = {
  read: 'It only reads.',
  idempotent: 'It changes something; doing it twice is the same as once.',
  reversible: 'It changes something that can be changed back.',
  irreversible: 'What it does cannot be taken back.',
};

/** What an effect means for who has to decide. */
export function effectWords(effect: string): string {
  return words[effect] ?? `Its effect: ${effect}.`;
}
