// The import table of the design as a program. scripts/check-layers.ts plants one violation per rule and expects it caught.

/** Which folders of runtime/ a layer may import besides itself. */
const LAYERS = {
  base: [],
  contract: ['base'],
  store: ['base', 'contract'],
  settings: ['base', 'contract'],
  access: ['base', 'contract'],
  logs: ['base', 'contract'],
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
      name: 'console-stands-alone',
      comment: 'the console runs in a browser: of the kernel it reads types of the API and nothing else',
      severity: 'error',
      from: { path: '^runtime/console/' },
      to: {
        path: '^(runtime|plugins|tests|scripts)/',
        pathNot: '^runtime/(console/|contract/|edge/http/api/app\\.ts$)',
      },
    },
    {
      name: 'console-types-only',
      severity: 'error',
      from: { path: '^runtime/console/' },
      to: { path: '^runtime/(edge|contract)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'kernel-without-console',
      severity: 'error',
      from: { path: '^runtime/', pathNot: '^runtime/console/' },
      to: { path: '^runtime/console/' },
    },
    {
      name: 'console-parts-below-pages',
      severity: 'error',
      from: { path: '^runtime/console/src/(api|parts)/' },
      to: { path: '^runtime/console/src/', pathNot: '^runtime/console/src/(api|parts)/' },
    },
    {
      name: 'console-pages-apart',
      comment: 'a page is loaded when it is opened: what two pages need is a part',
      severity: 'error',
      from: { path: '^runtime/console/src/pages/([^/]+)/' },
      to: { path: '^runtime/console/src/(pages|shell)/', pathNot: '^runtime/console/src/pages/$1/' },
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
      // The build of the console is no part of what runs.
      from: { path: '^(runtime|plugins|plugin-template)/', pathNot: '^runtime/console/vite\\.config\\.ts$' },
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
    exclude: { path: '^runtime/console/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.cjs', '.mjs', '.json'],
    },
  },
};
