// The import table of the design as a program. scripts/check-layers.ts plants one violation per rule and expects it caught.

/** Which folders of runtime/ a layer may import besides itself. */
const LAYERS = {
  base: [],
  contract: ['base'],
  store: ['base', 'contract'],
  settings: ['base', 'contract'],
  sandbox: ['base', 'contract'],
  models: ['base', 'contract'],
  host: ['base', 'contract'],
  tools: ['base', 'contract'],
  work: ['base', 'contract'],
  agent: ['base', 'contract'],
};

const layerRules = Object.entries(LAYERS).map(([layer, mayImport]) => ({
  name: `layer-${layer}`,
  comment: `runtime/${layer} imports only itself${mayImport.map((name) => `, ${name}`).join('')}`,
  severity: 'error',
  from: { path: `^runtime/${layer}/` },
  to: { path: '^(runtime|plugins)/', pathNot: `^runtime/(${[layer, ...mayImport].join('|')})/` },
}));

/** `what` may be imported by files matching `where` only; tests, scripts and bin may look at anything. */
const onlyIn = (name, what, where) => ({
  name: `only-in-${name}`,
  severity: 'error',
  from: { pathNot: `^(tests|scripts|bin)/|${where}` },
  to: { path: what },
});

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'edge-through-the-door',
      comment: 'an edge talks to the kernel through runtime/index.ts and contract, never to another edge',
      severity: 'error',
      from: { path: '^runtime/edge/([^/]+)/' },
      to: { path: '^(runtime|plugins)/', pathNot: '^runtime/(index\\.ts$|contract/|base/|edge/$1/)' },
    },
    {
      name: 'plugins-stand-alone',
      comment: 'a plugin is only an MCP server: it imports itself and packages',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^(runtime|plugins|tests|scripts)/', pathNot: '^plugins/$1/' },
    },
    {
      name: 'plugin-sdk-stands-alone',
      comment: 'what plugins are made with runs where there is no Nexus',
      severity: 'error',
      from: { path: '^plugin-template/([^/]+)/' },
      to: { path: '^(runtime|plugins|plugin-template|scripts)/', pathNot: '^plugin-template/($1|sdk)/' },
    },
    {
      name: 'product-without-tests',
      severity: 'error',
      from: { path: '^(runtime|plugins|plugin-template)/' },
      to: { path: '^(tests|scripts)/' },
    },
    {
      name: 'no-cycle',
      comment: 'cycles of types count too',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-package-in-product',
      severity: 'error',
      from: { path: '^(runtime|plugins|plugin-template)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    // A plugin's processes live in its sandbox, and need the permission `exec`.
    onlyIn(
      'sandbox-child-process',
      '^(node:)?child_process$',
      '^(runtime/sandbox|plugins|plugin-template/sdk/(src/testing|probe))/',
    ),
    onlyIn('code-isolated-vm', '(^|/)isolated-vm(/|$)', '^plugins/code/'),
    onlyIn('store-sqlite', '(^|/)better-sqlite3(/|$)|^(node:)?sqlite$', '^runtime/store/'),
    onlyIn(
      'host-and-edge-mcp-sdk',
      '(^|/)@modelcontextprotocol/',
      '^(runtime/(host|edge/mcp)|plugins|plugin-template)/',
    ),
    onlyIn('models-provider-sdk', '(^|/)(@anthropic-ai/sdk|openai|ollama)(/|$)', '^runtime/models/'),
  ],
  options: {
    // TypeScript 7 has no programming interface to parse with; without swc no module would be seen, and all be green.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};
