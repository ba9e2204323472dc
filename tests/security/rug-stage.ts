import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { z } from 'zod';
import { callResultSchema, pluginSchema, toolSchema, type Plugin } from '../../runtime/contract/api.ts';
import {
  pluginConsentSchema,
  type ApprovalRequest,
  type PluginConsent,
} from '../../runtime/contract/consent.ts';
import { textOf } from '../fixtures/host-stage.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import {
  createKernelHome,
  startKernel,
  type KernelHome,
  type KernelProcess,
} from '../fixtures/kernel-process.ts';

/** The folder of a plugin that lists whatever a file of the workspace says. */
export const SHIFTY_DIR = dirname(
  fileURLToPath(new URL('../fixtures/shifty-plugin/server.mjs', import.meta.url)),
);

export interface RugStage {
  readonly home: KernelHome;
  readonly kernel: () => KernelProcess;
  /** Adds a plugin as an import does, agrees to it and waits until its tools are there. */
  readonly add: (name: string, manifest: object) => Promise<void>;
  /** Writes a manifest as the operator would. */
  readonly write: (name: string, manifest: object) => Promise<void>;
  readonly consent: (name: string) => Promise<PluginConsent>;
  /** Waits until something is held, and says what: kinds and subjects. */
  readonly held: (name: string) => Promise<readonly string[]>;
  readonly plugin: (name: string) => Promise<Plugin>;
  readonly approve: (name: string, request?: ApprovalRequest) => Promise<Plugin>;
  /** The text a tool answers, or the code of the error. */
  readonly call: (tool: string, args?: object) => Promise<string>;
  /** Public names of all tools that are offered. */
  readonly offered: () => Promise<readonly string[]>;
  readonly until: (isSo: () => Promise<boolean>) => Promise<void>;
  readonly restartKernel: () => Promise<void>;
}

/** A real kernel with its folders; both go with the test. */
export async function openRugStage(t: Test): Promise<RugStage> {
  const home = await createKernelHome();
  let kernel = await startKernel(home, ['--allow-unsandboxed']);
  t.teardown(async () => {
    await kernel.stop();
    await home[Symbol.asyncDispose]();
  });
  const api = () => apiOf(kernel);
  const get = <T extends z.ZodType>(path: string, schema: T) => api().get(path, schema);
  const stage: RugStage = {
    home,
    kernel: () => kernel,
    add: async (name, manifest) => {
      const added = await api().send('POST', '/api/plugins', { name, ...manifest });
      if (added.status !== 201) throw new Error(JSON.stringify(added.body));
      const held = await stage.held(name);
      if (held.join(',') !== `first-run ${name}`) throw new Error(`held: ${held.join(', ')}`);
      await stage.approve(name);
      await stage.until(async () => (await stage.plugin(name)).tools > 0);
    },
    write: (name, manifest) => home.writeManifest(name, { ...manifest }),
    consent: (name) => get(`/api/plugins/${name}/consent`, pluginConsentSchema),
    held: async (name) => {
      await stage.until(async () => (await stage.consent(name)).held.length > 0);
      return (await stage.consent(name)).held.map(({ kind, subject }) => `${kind} ${subject}`);
    },
    plugin: async (name) => {
      const found = (await get('/api/plugins', z.array(pluginSchema))).find((plugin) => plugin.name === name);
      if (found === undefined) throw new Error(`no plugin ${name}`);
      return found;
    },
    approve: async (name, request = {}) => {
      const { status, body } = await api().send('POST', `/api/plugins/${name}/approve`, request);
      if (status !== 200) throw new Error(JSON.stringify(body));
      return pluginSchema.parse(body);
    },
    call: async (tool, args = {}) => {
      const { status, body } = await api().send('POST', '/api/call', { tool, arguments: args });
      if (status === 200) return textOf(callResultSchema.parse(body).result);
      return z.looseObject({ error: z.looseObject({ code: z.string() }) }).parse(body).error.code;
    },
    offered: async () => (await get('/api/tools', z.array(toolSchema))).map(({ name }) => name),
    until: async (isSo) => {
      for (let look = 0; look < 1_000; look++) {
        if (await isSo()) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`it never came to ${String(isSo)}`);
    },
    restartKernel: async () => {
      await kernel.stop();
      kernel = await startKernel(home, ['--allow-unsandboxed']);
    },
  };
  return stage;
}

/** A manifest of the shifty plugin with the code of `dir`, which may read the workspace. */
export function shifty(dir: string, more: object = {}): object {
  return {
    source: { command: 'node', args: [join(dir, 'server.mjs')] },
    permissions: { fs: { read: ['${workspace}'] } },
    ...more,
  };
}

/** Changes the text of a file. */
export async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
  await writeFile(file, text.replace(from, to));
}
