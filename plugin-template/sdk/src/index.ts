export { definePlugin, type Plugin } from './define-plugin.ts';
export type {
  Answer,
  CommandDefinition,
  Effect,
  JsonSchema,
  PluginContext,
  PluginDefinition,
  ToolContext,
  ToolDefinition,
  ToolSchema,
} from './definition.ts';
export type { Log } from './log.ts';
export type { SettingDeclaration } from './settings.ts';
export type { Store } from './store.ts';
