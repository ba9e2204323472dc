import { runCli } from './edge/cli/main.ts';
import { serve } from './serve.ts';

process.exitCode = await runCli(process.argv.slice(2), { serve });
