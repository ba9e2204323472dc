import { Alert, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#f1efff',
  '#e0dcfd',
  '#c4bcfb',
  '#a99ff7',
  '#9285f2',
  '#7f70ed',
  '#6c5ce7',
  '#5b4bd3',
  '#4a3cb4',
  '#382d8c',
];
/** From text to what lies deepest; 7 is the page. */
const dark: MantineColorsTuple = [
  '#e9e9f2',
  '#c3c3d4',
  '#a3a3b8',
  '#8a8aa3',
  '#34344a',
  '#25253a',
  '#15151f',
  '#0a0a0f',
  '#07070b',
  '#040406',
];

/** What an alert says of what is in it; its text and its links keep their contrast. */
const tones: Readonly<Record<string, string>> = {
  red: 'var(--nexus-bad)',
  yellow: 'var(--nexus-warn)',
  teal: 'var(--nexus-good)',
};

/** The button that closes a dialog shows only a cross. */
const namedClose = { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } };

/** The design of the console: dark first, radius 12 for cards and 8 for inputs. */
export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: 'accent',
  primaryShade: 6,
  fontFamily: '"DM Sans Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  headings: { fontFamily: '"DM Sans Variable", system-ui, sans-serif', fontWeight: '650' },
  radius: { sm: '6px', md: '8px', lg: '12px' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    // By their names: to import them would bring them into the first load.
    Modal: namedClose,
    Drawer: namedClose,
    Alert: Alert.extend({
      vars: (_theme, { color = '' }) => {
        const tone = tones[color] ?? 'var(--mantine-color-dimmed)';
        return {
          root: {
            '--alert-bg': `color-mix(in srgb, ${tone} 9%, var(--mantine-color-body))`,
            '--alert-color': tone,
            '--alert-bd': `1px solid color-mix(in srgb, ${tone} 35%, transparent)`,
          },
        };
      },
    }),
  },
  respectReducedMotion: true,
  // Phones, tablets and desktops begin at 0, 768 and 1024 pixels.
  breakpoints: { xs: '30em', sm: '48em', md: '64em', lg: '80em', xl: '96em' },
});

/** Colours of text that Mantine's own leave below a contrast of 4.5 to 1. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: { '--nexus-content-width': '76rem' },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-3)',
    '--mantine-color-anchor': 'var(--mantine-color-accent-3)',
    '--mantine-color-error': 'var(--nexus-bad)',
    '--nexus-surface': 'var(--mantine-color-dark-6)',
    '--nexus-border': 'var(--mantine-color-dark-4)',
    '--nexus-good': '#3ddc97',
    '--nexus-warn': '#f5b942',
    '--nexus-bad': '#ff7b7b',
    '--nexus-off': '#a3a3b8',
  },
  light: {
    '--mantine-color-body': '#fbfbfe',
    '--mantine-color-dimmed': '#5a5a70',
    '--mantine-color-placeholder': '#6a6a80',
    '--mantine-color-anchor': 'var(--mantine-color-accent-7)',
    '--mantine-color-error': 'var(--nexus-bad)',
    '--nexus-surface': '#ffffff',
    '--nexus-border': '#dfdfea',
    '--nexus-good': '#0b7a4b',
    '--nexus-warn': '#7d5200',
    '--nexus-bad': '#c22f2f',
    '--nexus-off': '#5a5a70',
  },
});
