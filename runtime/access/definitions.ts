import { settingDefinitionSchema } from '../contract/settings.ts';

/** How long somebody stays signed in to the console. */
export const accessSettings = [
  {
    key: 'access.idleMinutes',
    title: 'Minutes without use after which the console signs out',
    default: 720,
    min: 1,
    max: 43_200,
  },
  {
    key: 'access.sessionHours',
    title: 'Hours after which the console signs out however much it is used',
    default: 720,
    min: 1,
    max: 8_760,
  },
].map((setting) => settingDefinitionSchema.parse({ ...setting, type: 'number', category: 'access' }));
