const { region } = new Intl.Locale(new Intl.DateTimeFormat().resolvedOptions().locale).maximize();

/** The words of the console, English, with the order and the clock of the reader's region. */
export const readerLocale = region === undefined ? 'en' : `en-${region}`;
