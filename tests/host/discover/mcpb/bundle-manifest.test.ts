import { McpbManifestSchema as official01 } from '@anthropic-ai/mcpb/schemas/0.1';
import { McpbManifestSchema as official02 } from '@anthropic-ai/mcpb/schemas/0.2';
import { McpbManifestSchema as official03 } from '@anthropic-ai/mcpb/schemas/0.3';
import { McpbManifestSchema as official04 } from '@anthropic-ai/mcpb/schemas/0.4';
import t from 'tap';
import { checkBundleManifest } from '../../../../runtime/host/discover/mcpb/read-bundle.ts';
import { bundleManifest } from '../../../fixtures/zip-file.ts';

const official = { '0.1': official01, '0.2': official02, '0.3': official03, '0.4': official04 };
const option = { type: 'string', title: 'Key', description: 'A key' };
const server = { type: 'node', entry_point: 'a.js', mcp_config: { command: 'node' } };
const uv = { ...server, type: 'uv' };

/** Changes of a sound manifest: some are fine in every version, some in a few, some in none. */
const changes: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { display_name: 'Weather', keywords: ['sun'], license: 'MIT', icon: 'icon.png', screenshots: [] },
  { privacy_policies: ['https://example.com/privacy'] },
  { privacy_policies: ['no address'] },
  { icons: [{ src: 'a.png', size: '16x16' }] },
  { icons: [{ src: 'a.png', size: 'big' }] },
  { localization: { resources: 'r/${locale}.json', default_locale: 'en-US' } },
  { localization: { resources: 'r/en.json', default_locale: 'en-US' } },
  { _meta: { 'com.example': { any: 1 } } },
  { _meta: 'no' },
  { server: uv },
  { server: { ...server, type: 'deno' } },
  { server: { ...server, more: 1 } },
  { server: { ...server, mcp_config: { command: 'node', platform_overrides: { linux: { args: ['x'] } } } } },
  { server: { ...server, mcp_config: { command: 'node', cwd: '/' } } },
  { user_config: { key: option } },
  { user_config: { key: { ...option, required: true, sensitive: true, default: 'x' } } },
  { user_config: { n: { ...option, type: 'number', min: 1, max: 9, default: 2 } } },
  { user_config: { d: { ...option, type: 'directory', multiple: true, default: ['${HOME}'] } } },
  { user_config: { b: { ...option, type: 'boolean', default: true }, f: { ...option, type: 'file' } } },
  { user_config: { key: { ...option, type: 'date' } } },
  { user_config: { key: { ...option, secret: true } } },
  { user_config: { key: { type: 'string', title: 'No description' } } },
  { compatibility: { platforms: ['linux'], runtimes: { node: '>=18' }, claude_desktop: '>=1' } },
  { compatibility: { platforms: ['beos'] } },
  { tools: [{ name: 'a', description: 'b' }], tools_generated: true },
  { prompts: [{ name: 'a', text: 'b', arguments: ['c'] }] },
  { prompts: [{ name: 'a' }] },
  { author: { name: 'Ada', email: 'no address' } },
  { author: 'Ada' },
  { repository: { type: 'git', url: 'https://example.com/x.git' }, homepage: 'https://example.com' },
  { version: 1 },
  { permissions: ['all'] },
];

for (const version of ['0.1', '0.2', '0.3', '0.4'] as const) {
  await t.test(`version ${version} takes and refuses what the published schema does`, (t) => {
    let refusals = 0;
    for (const change of changes) {
      const value: unknown = JSON.parse(bundleManifest({ manifest_version: version, ...change }));
      const isRight = official[version].safeParse(value).success;
      const check = (): unknown => checkBundleManifest('a.mcpb', value);
      if (isRight) t.same(check(), value, JSON.stringify(change));
      else t.throws(check, { code: 'BUNDLE_INVALID' }, JSON.stringify(change));
      if (!isRight) refusals++;
    }
    t.ok(refusals > 5 && refusals < changes.length - 5);
    t.end();
  });
}

await t.test('the version may be written as it was before, and must be one that is known', (t) => {
  const old: unknown = JSON.parse(bundleManifest({ manifest_version: undefined, dxt_version: '0.1' }));
  t.match(checkBundleManifest('a.mcpb', old), { name: 'weather' });
  for (const manifest_version of ['0.5', '1', undefined]) {
    const value: unknown = JSON.parse(bundleManifest({ manifest_version }));
    t.throws(() => checkBundleManifest('a.mcpb', value), {
      code: 'BUNDLE_INVALID',
      message: /0\.1, 0\.2, 0\.3, 0\.4/,
    });
  }
  t.throws(() => checkBundleManifest('a.mcpb', 'text'), { code: 'BUNDLE_INVALID' });
  t.end();
});

await t.test('what is wrong is named with its key and what to do', (t) => {
  const value: unknown = JSON.parse(bundleManifest({ user_config: { key: { ...option, sensitve: true } } }));
  t.throws(() => checkBundleManifest('/x/a.mcpb', value), {
    message:
      /bundle \/x\/a\.mcpb is refused: "manifest\.json: user_config\.key\.sensitve".*Did you mean "sensitive"/,
  });
  t.end();
});
