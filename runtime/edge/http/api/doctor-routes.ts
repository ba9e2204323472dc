import { readFileSync } from 'node:fs';
import { arch, release, type } from 'node:os';
import { join } from 'node:path';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { doctorSchema } from '../../../contract/api.ts';
import { rootDir, type Kernel } from '../../../index.ts';
import { answers, failures } from './answers.ts';

const doctorRoute = createRoute({
  method: 'get',
  path: '/api/doctor',
  summary: 'What this machine can enforce, where things are, and what is wrong',
  responses: { 200: answers(doctorSchema, 'The report'), ...failures },
});

const packageSchema = z.object({ version: z.string() });

/** Version of this program. */
export function readVersion(): string {
  return packageSchema.parse(JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))).version;
}

export function doctorRoutes(kernel: Kernel, version: string) {
  return new OpenAPIHono().openapi(doctorRoute, async (c) => {
    const { tier, mechanism, probes } = await kernel.sandbox();
    const { dataDir: data, manifestsDir: manifests, pluginsDir: plugins, workspaceDir } = kernel.config;
    return c.json(
      {
        version,
        running: true,
        url: new URL(c.req.url).origin,
        pid: process.pid,
        node: process.version,
        system: `${type()} ${release()} ${arch()}`,
        tier,
        mechanism,
        probes,
        allowUnsandboxed: kernel.config.allowUnsandboxed,
        paths: { program: rootDir, data, manifests, plugins, workspace: workspaceDir },
        troubles: troublesOf(kernel),
      },
      200,
    );
  });
}

/** Plugins that do not work and why, then what the catalogue had to leave out, then what plugins warn of. */
function troublesOf({ host, catalogue }: Kernel): readonly { plugin: string; text: string }[] {
  const statuses = host.statuses();
  const broken = statuses
    .filter(({ state }) => state === 'error' || state === 'quarantined')
    .map(({ name, state, reason, nextStep }) => ({
      plugin: name,
      text: `${state}: ${reason} ${nextStep}`.trim(),
    }));
  const warned = statuses.flatMap(({ name, warnings }) => warnings.map((text) => ({ plugin: name, text })));
  return [...broken, ...catalogue.warnings(), ...warned];
}
