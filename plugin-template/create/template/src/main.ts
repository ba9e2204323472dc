import { definePlugin } from 'nexus-plugin-sdk';
import * as z from 'zod';

definePlugin({
  name: 'my-plugin',
  version: '0.1.0',
  settings: {
    GREETING: { type: 'string', title: 'Greeting', default: 'Hello' },
  },
  store: { greetings: 0 },
  tools: {
    greet: {
      description: 'Greets somebody by name and says how many were greeted so far',
      input: z.object({ who: z.string().min(1).describe('Whom to greet') }),
      effect: 'reversible',
      run: async ({ who }, { settings, store, log }) => {
        const { greetings } = await store.update((data) => {
          data.greetings += 1;
        });
        log.info(`greeting number ${greetings}`);
        return `${settings.GREETING}, ${who}! (number ${greetings})`;
      },
    },
  },
  commands: {
    hi: { tool: 'greet', description: 'Greets somebody', positional: ['who'] },
  },
  health: async ({ store }) => {
    const { greetings } = await store.read();
    return `${greetings} greetings so far`;
  },
}).serve();
