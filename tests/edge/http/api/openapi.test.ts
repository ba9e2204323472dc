import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import type { Right } from '../../../../runtime/contract/access.ts';
import { createApi } from '../../../../runtime/edge/http/api/app.ts';
import { rightsOf } from '../../../../runtime/edge/http/api/route-rights.ts';
import type { Kernel } from '../../../../runtime/index.ts';
import { openEdge } from '../../../fixtures/edge-stage.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { WebBrowser } from '../../../fixtures/web-browser.ts';

const CONSOLE = fileURLToPath(new URL('../../../../runtime/console/src', import.meta.url));
const self = 'GET /api/openapi.json';

const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  components: z.looseObject({ securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })) }),
});

await t.test(
  'the OpenAPI document describes every route that the kernel answers, and no other',
  async (t) => {
    const edge = await openEdge(t, {});
    const { openapi, paths } = await apiOf(edge).get('/api/openapi.json', documentSchema);
    t.equal(openapi, '3.1.0');
    const described = namesOf(paths);
    t.same(described.toSorted(), answeredBy(edge.kernel).toSorted());
    t.ok(described.length > 100, 'something was compared');
    // The console's typed client has no route that the kernel has not; what it asks for by address is read here.
    for (const [file, address] of addressesOf(CONSOLE)) {
      const asked = new RegExp(`^\\S+ ${address.replaceAll(/\$\{[^}]+\}/g, '\\{\\w+\\}')}$`);
      t.ok(
        described.some((name) => asked.test(name)),
        `${address} of ${file} is described`,
      );
    }
  },
);

const bodySchema = z.looseObject({
  requestBody: z.looseObject({
    content: z.looseObject({ 'application/json': z.looseObject({ schema: z.looseObject({}) }) }),
  }),
});

await t.test('no route takes a key it does not know, which may be one it knows misspelled', async (t) => {
  const edge = await openEdge(t, {});
  const { paths, components } = await apiOf(edge).get('/api/openapi.json', documentSchema);
  const schemas = z.record(z.string(), z.looseObject({})).parse(components['schemas']);
  let seen = 0;
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, route] of Object.entries(methods)) {
      const body = bodySchema.safeParse(route).data?.requestBody.content['application/json'].schema;
      if (body === undefined) continue;
      const name = /[^/]+$/.exec(String(body['$ref']))?.[0] ?? '';
      const schema = schemas[name] ?? body;
      const kinds = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [schema];
      for (const kind of kinds) t.match(kind, { additionalProperties: false }, `${method} ${path}`);
      seen++;
    }
  }
  t.ok(seen > 20, `${seen} bodies`);
  const { send } = apiOf(edge);
  t.match(await send('POST', '/api/purge', { olderThanDay: 30 }), { status: 400 });
});

/** The routes that the kernel answers, as the document names them; it does not describe itself. */
function answeredBy(kernel: Kernel): readonly string[] {
  const answered = createApi(kernel).routes.filter(({ method }) => method !== 'ALL');
  return [
    ...new Set(answered.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)),
  ].filter((name) => name !== self);
}

function namesOf(paths: z.infer<typeof documentSchema>['paths']): readonly string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** The addresses of the API in the sources of a folder, each with its file. */
function addressesOf(folder: string): readonly (readonly [string, string])[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  const found = files.flatMap((file) =>
    Array.from(
      readFileSync(join(folder, file), 'utf8').matchAll(/['"`](\/api(?:\/(?:\$\{[^}]+\}|[\w-]+))+)/g),
      ([, address = '']) => [file, address] as const,
    ),
  );
  if (found.length < 5) throw new Error('the addresses of the console were not found');
  return found;
}

await t.test('every route is in the table of rights and refuses who may not', async (t) => {
  const edge = await openEdge(t, {});
  const { url, token, kernel } = edge;
  const { paths, components } = await apiOf(edge).get('/api/openapi.json', documentSchema);
  t.same(Object.keys(components.securitySchemes), ['token', 'session', 'csrf']);
  const tokens = new Map<Right, string>();
  for (const right of ['read', 'chat', 'tools'] as const) {
    const made = await kernel.access.makeToken({ name: right, scopes: [right], expiresInDays: 1 });
    tokens.set(right, made.token);
  }
  const browser = new WebBrowser(url);
  await browser.signIn({ code: (await kernel.access.newCode()).code });
  for (const name of [...namesOf(paths), self]) {
    const [method = '', path = ''] = name.split(' ');
    const needed = rightsOf(method, path);
    t.not(needed, undefined, `${name} is missing in runtime/edge/http/api/route-rights.ts`);
    if (needed === undefined) continue;
    const asked = path.replaceAll(/\{\w+\}/g, 'x');
    const foreign = await browser.raw(asked, { method, headers: { origin: 'http://127.0.0.1:1' } });
    t.equal(foreign.status, 403, `${name} of another origin`);
    if (needed === 'nobody') continue;
    const nobody = await new WebBrowser(url).raw(asked, { method });
    t.equal(nobody.status, 401, `${name} without anything`);
    const wrong = new WebBrowser(url);
    const notIt = await wrong.raw(asked, { method, headers: { authorization: `Bearer ${token}x` } });
    t.equal(notIt.status, 401, `${name} with a wrong token`);
    for (const [right, weak] of tokens) {
      if (needed.includes(right)) continue;
      const headers = { authorization: `Bearer ${weak}` };
      const refused = await wrong.raw(asked, { method, headers });
      t.equal(refused.status, 403, `${name} with ${right} alone`);
    }
  }
});

await t.test('a route that nobody put into the table is for administrators', (t) => {
  t.equal(rightsOf('GET', '/api/new'), undefined);
  t.equal(rightsOf('HEAD', '/api/plugins'), rightsOf('GET', '/api/plugins'));
  t.equal(rightsOf('GET', 'constructor'), undefined);
  t.end();
});
