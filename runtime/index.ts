export { readConfig, rootDir, type Config, type ConfigOptions } from './config.ts';
export { probeMachine, startKernel, type Enforceable, type Kernel } from './kernel.ts';
export type { RunningPlugin } from './run-plugin.ts';
export { whyAsk } from './tools/approval-policy.ts';
export { exportSettings, importSettings } from './settings/transfer.ts';
