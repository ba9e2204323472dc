import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORWARDER_PORT } from './egress/env.ts';
import { forwarderScript } from './egress/forwarder.ts';
import type { EgressOptions } from './egress/index.ts';
import { INSIDE } from './own-root.ts';
import type { NetworkDoor, Policy } from './policy/policy.ts';

/** What the operator, or a test, decides about all doors. */
export type DoorSettings = Pick<EgressOptions, 'resolver' | 'onDecision' | 'isPublic' | 'limits'>;

/** A door with what it changes in the policy of the plugin behind it. */
export interface OpenDoor extends AsyncDisposable {
  readonly policy: Policy;
}

/** Addresses of unix sockets end after 107 bytes; data directories may lie deep. */
const LONGEST_DIRECTORY_BYTES = 90;

/** Opens the doors of this kernel's plugins, each with a socket of its own. */
export class NetworkDoors {
  /** Of all doors of this process: two sandboxes may share a data directory. */
  static #count = 0;
  readonly #directory: string;
  readonly #settings: DoorSettings;
  #sockets: Promise<string> | undefined;

  constructor(directory: string, settings: DoorSettings) {
    this.#directory = directory;
    this.#settings = settings;
  }

  /** Opens a door for `net`; `hasOwnRoot` says whether the plugin sees it at a place of its own. */
  async open(policy: Policy, net: readonly string[], hasOwnRoot: boolean): Promise<OpenDoor> {
    // Taken before anything is waited for: doors are opened at the same time.
    NetworkDoors.#count += 1;
    const name = `${NetworkDoors.#count}.sock`;
    this.#sockets ??= this.#makeDirectory();
    const socketPath = join(await this.#sockets, name);
    // The proxy brings an HTTP server along: most kernels start without a plugin that needs it.
    const { openEgress } = await import('./egress/index.ts');
    const egress = await openEgress({
      ...this.#settings,
      plugin: policy.plugin,
      net,
      socketPath,
      sandboxSocketPath: hasOwnRoot ? INSIDE.egressSocket : socketPath,
    });
    const door: NetworkDoor = { socketPath, preload: egress.preload, forwarder: forwarderScript };
    const preload = hasOwnRoot ? INSIDE.egressPreload : egress.preload;
    return {
      policy: {
        ...policy,
        network: door,
        env: {
          ...policy.env,
          ...egress.env,
          NODE_OPTIONS: `--require=${JSON.stringify(preload)}`,
          ...(hasOwnRoot && policy.wholeSystem ? { NEXUS_EGRESS_SOCKET: String(FORWARDER_PORT) } : {}),
        },
      },
      [Symbol.asyncDispose]: () => egress.close(),
    };
  }

  /** Removes the folder of the sockets; every door must be closed. */
  async close(): Promise<void> {
    const directory = await this.#sockets;
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  }

  async #makeDirectory(): Promise<string> {
    if (Buffer.byteLength(this.#directory) > LONGEST_DIRECTORY_BYTES)
      return mkdtemp(join(tmpdir(), 'nexus-'));
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    return this.#directory;
  }
}
