// Checks the import table (.dependency-cruiser.cjs), and that the check itself can see: every source file must have
// been read, and a planted violation of every rule must be caught.
import { globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Visitor } from '@swc/core/Visitor.js';
import { type ICruiseResult, type IForbiddenRuleType, type IViolation, cruise } from 'dependency-cruiser';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['runtime', 'plugins', 'plugin-template', 'tests', 'scripts', 'bin'];
/** Fewer modules than this means that the reading went wrong, whatever the rules say. */
const MODULE_FLOOR = 60;

/** For each rule files that break it; the name is that of the rule. */
const PLANTED: Record<string, Record<string, string>> = {
  'layer-base': { 'runtime/base/a.ts': "import '../contract/leaf.ts';" },
  'layer-contract': { 'runtime/contract/a.ts': "import type { Leaf } from '../store/leaf.ts';" },
  'layer-store': { 'runtime/store/a.ts': "import '../settings/leaf.ts';" },
  'layer-settings': { 'runtime/settings/a.ts': "import '../store/leaf.ts';" },
  'layer-access': { 'runtime/access/a.ts': "import '../settings/leaf.ts';" },
  'layer-logs': { 'runtime/logs/a.ts': "import '../store/leaf.ts';" },
  'layer-sandbox': { 'runtime/sandbox/a.ts': "import '../host/leaf.ts';" },
  'layer-models': { 'runtime/models/a.ts': "import '../store/leaf.ts';" },
  'layer-host': { 'runtime/host/a.ts': "export { leaf } from '../sandbox/leaf.ts';" },
  'layer-tools': { 'runtime/tools/a.ts': "await using x = await import('../host/leaf.ts');" },
  'layer-work': { 'runtime/work/a.ts': "export const load = () => import('../agent/leaf.ts');" },
  'layer-agent': { 'runtime/agent/a.ts': "import '../kernel.ts';" },
  'edge-through-the-door': { 'runtime/edge/mcp/a.ts': "import '../http/leaf.ts';" },
  'plugins-stand-alone': { 'plugins/one/a.ts': "import '../../runtime/base/leaf.ts';" },
  'plugin-sdk-stands-alone': { 'plugin-template/sdk/a.ts': "import '../../runtime/base/leaf.ts';" },
  'console-stands-alone': {
    'runtime/console/src/a.ts': "import type { Leaf } from '../../settings/leaf.ts';",
  },
  'console-types-only': {
    'runtime/console/src/b.tsx': "import { createApi } from '../../edge/http/api/app.ts';",
  },
  'kernel-without-console': { 'runtime/edge/http/c.ts': "import '../../console/src/own.ts';" },
  'console-parts-below-pages': { 'runtime/console/src/parts/a.ts': "import '../own.ts';" },
  'console-pages-apart': { 'runtime/console/src/pages/one/a.tsx': "import '../two/leaf.ts';" },
  'product-without-tests': { 'runtime/b.ts': "import '../tests/leaf.ts';" },
  'no-cycle': {
    'runtime/work/c.ts': "import type { D } from './d.ts'; export interface C { d: D }",
    'runtime/work/d.ts': "import type { C } from './c.ts'; export interface D { c: C }",
  },
  resolvable: { 'runtime/e.ts': "import './nowhere.ts';" },
  'no-dev-package-in-product': { 'runtime/f.ts': "import 'tap';" },
  'only-in-sandbox-child-process': { 'runtime/host/g.ts': "import { spawn } from 'node:child_process';" },
  'only-in-code-isolated-vm': { 'runtime/tools/k.ts': "import ivm from 'isolated-vm';" },
  'only-in-store-sqlite': { 'runtime/tools/h.ts': "import Database from 'better-sqlite3';" },
  'only-in-host-and-edge-mcp-sdk': {
    'runtime/tools/i.ts': "import { McpServer } from '@modelcontextprotocol/server';",
  },
  'only-in-models-provider-sdk': { 'runtime/agent/j.ts': "import OpenAI from 'openai';" },
};

/** Imports that must stay allowed: a rule that forbids everything would catch every planted violation too. */
const ALLOWED: Record<string, string> = {
  'runtime/kernel.ts': "import './store/leaf.ts'; import './host/leaf.ts';",
  'runtime/main.ts': "import './kernel.ts'; import './edge/mcp/leaf.ts';",
  'runtime/host/leaf.ts': "import '../contract/leaf.ts'; import '@modelcontextprotocol/client';",
  'runtime/store/leaf.ts':
    "import 'better-sqlite3'; import '../base/leaf.ts'; export interface Leaf { x: 1 }",
  'runtime/sandbox/leaf.ts': "import 'node:child_process'; export const leaf = 1;",
  'plugins/code/leaf.ts': "import 'node:child_process'; import 'isolated-vm';",
  'runtime/edge/mcp/leaf.ts': "import '../../index.ts'; import '../../contract/leaf.ts'; import './own.ts';",
  'runtime/index.ts': "import './kernel.ts';",
  'runtime/edge/http/api/app.ts': 'export const createApi = () => 1; export type Api = 1;',
  'runtime/console/src/own.ts': "import type { Api } from '../../edge/http/api/app.ts'; export type A = Api;",
  'runtime/console/src/pages/two/leaf.ts': "import '../../parts/leaf.ts'; export {};",
  'runtime/console/src/parts/leaf.ts': 'export {};',
  'tests/leaf.ts': "import 'node:child_process'; import 'better-sqlite3'; import 'tap';",
};
const LEAVES = ['base', 'contract', 'settings', 'agent', 'edge/http', 'edge/mcp/own'];

// `await using` came after the visitor that dependency-cruiser borrows from swc: it throws on the whole file.
// oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this` below
const visitStatement = Visitor.prototype.visitStatement;
Visitor.prototype.visitStatement = function visitEveryStatement(statement) {
  if ('decls' in statement && Array.isArray(statement.decls)) {
    this.visitVariableDeclarators(statement.decls);
    return statement;
  }
  return visitStatement.call(this, statement);
};

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

async function inspect(baseDir: string, folders: readonly string[]): Promise<ICruiseResult> {
  const { enhancedResolveOptions, ...rest } = options;
  const { output } = await cruise(
    [...folders],
    { ...rest, baseDir, ruleSet: { forbidden }, validate: true },
    enhancedResolveOptions,
  );
  if (typeof output === 'string') throw new TypeError('dependency-cruiser answered with text');
  return output;
}

function describe(violation: IViolation): string {
  return `${violation.rule.name}: ${violation.from} imports ${violation.to}`;
}

/** Complaints about the project itself. */
async function checkProject(): Promise<string[]> {
  const folders = FOLDERS.filter((folder) => globSync(`${folder}/*`, { cwd: ROOT }).length > 0);
  const { modules, summary } = await inspect(ROOT, folders);
  const seen = new Set(modules.map((module) => module.source));
  const files = globSync('{runtime,plugins,tests,scripts}/**/*.{ts,tsx}', { cwd: ROOT });
  const unseen = files.filter((file) => !seen.has(file));
  const read = files.length - unseen.length;
  process.stdout.write(
    `layers: ${read} of ${files.length} files read, ${summary.violations.length} violations\n`,
  );
  return [
    ...summary.violations.map(describe),
    ...unseen.map((file) => `not read: ${file}`),
    ...(read < MODULE_FLOOR ? [`only ${read} files were read; at least ${MODULE_FLOOR} were expected`] : []),
  ];
}

function plant(baseDir: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(baseDir, path)), { recursive: true });
    writeFileSync(join(baseDir, path), `${content}\n`);
  }
}

/** Complaints about the check: rules that let their planted violation pass, and rules that catch the innocent. */
async function checkCanary(): Promise<string[]> {
  const baseDir = mkdtempSync(join(tmpdir(), 'nexus-layers-'));
  try {
    for (const name of LEAVES)
      plant(baseDir, {
        [name.endsWith('own') ? `runtime/${name}.ts` : `runtime/${name}/leaf.ts`]: 'export {};',
      });
    plant(baseDir, ALLOWED);
    for (const files of Object.values(PLANTED)) plant(baseDir, files);
    plant(baseDir, { 'package.json': '{"dependencies":{},"devDependencies":{"tap":"*"}}' });
    symlinkSync(join(ROOT, 'node_modules'), join(baseDir, 'node_modules'));
    const { summary } = await inspect(baseDir, ['runtime', 'plugins', 'plugin-template', 'tests']);
    const caught = new Set(summary.violations.map((violation) => `${violation.rule.name} ${violation.from}`));
    const rules: IForbiddenRuleType[] = forbidden;
    const missed = rules.flatMap(({ name = '' }) => {
      const files = Object.keys(PLANTED[name] ?? {});
      if (files.length === 0) return [`rule "${name}" has no planted violation in scripts/check-layers.ts`];
      return files.some((file) => caught.has(`${name} ${file}`))
        ? []
        : [`rule "${name}" missed its planted violation`];
    });
    const innocent = summary.violations.filter((violation) => violation.from in ALLOWED);
    return [...missed, ...innocent.map((violation) => `wrongly caught: ${describe(violation)}`)];
  } finally {
    rmSync(baseDir, { recursive: true, force: true });
  }
}

const complaints = [...(await checkProject()), ...(await checkCanary())];
for (const complaint of complaints) process.stdout.write(`${complaint}\n`);
process.exitCode = complaints.length === 0 ? 0 : 1;
