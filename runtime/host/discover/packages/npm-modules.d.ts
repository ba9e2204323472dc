// The parts of npm's own libraries used here; they come without types.

declare module '@npmcli/arborist' {
  export interface Node {
    readonly name: string;
    readonly packageName: string | null;
    readonly version: string;
    readonly location: string;
    readonly integrity: string | null;
    readonly hasInstallScript: boolean;
    readonly isRoot: boolean;
    readonly edgesOut: ReadonlyMap<string, { readonly to: Node | null }>;
    readonly inventory: { values(): Iterable<Node> };
  }
  export default class Arborist {
    constructor(options: Readonly<Record<string, unknown>>);
    buildIdealTree(options: { readonly add?: readonly string[] }): Promise<Node>;
    reify(options: { readonly add?: readonly string[]; readonly save: boolean }): Promise<Node>;
  }
}

declare module '@npmcli/config' {
  export default class Config {
    constructor(options: {
      readonly npmPath: string;
      readonly definitions: unknown;
      readonly shorthands: unknown;
      readonly flatten: unknown;
      readonly env: NodeJS.ProcessEnv;
      readonly argv: readonly string[];
      readonly execPath: string;
      readonly cwd: string;
      readonly warn: boolean;
    });
    load(): Promise<void>;
    readonly flat: Readonly<Record<string, unknown>>;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  const settings: {
    readonly definitions: unknown;
    readonly shorthands: unknown;
    readonly flatten: unknown;
  };
  export default settings;
}
