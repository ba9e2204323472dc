export { readConfig, rootDir, type Config, type ConfigOptions } from './config.ts';
export { startKernel, type Kernel } from './kernel.ts';
