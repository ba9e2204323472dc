import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Kernel } from '../../../index.ts';

/** What a Prometheus server may know of a kernel; numbers count since its start. */
export function createMetrics({ host, catalogue, tools }: Kernel): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const perPlugin: { labelNames: 'plugin'[]; registers: Registry[] } = {
    labelNames: ['plugin'],
    registers: [register],
  };
  // The values are kept by the host; a look copies them.
  void new Counter({
    ...perPlugin,
    name: 'nexus_plugin_calls_total',
    help: 'Requests passed to a plugin since its manifest was last read',
    collect() {
      this.reset();
      for (const { name, calls } of host.statuses()) this.inc({ plugin: name }, calls);
    },
  });
  void new Counter({
    ...perPlugin,
    name: 'nexus_plugin_restarts_total',
    help: 'Starts of a plugin after the first one since its manifest was last read',
    collect() {
      this.reset();
      for (const { name, restarts } of host.statuses()) this.inc({ plugin: name }, restarts);
    },
  });
  void new Gauge({
    ...perPlugin,
    name: 'nexus_plugin_calls_in_flight',
    help: 'Requests a plugin works on',
    collect() {
      this.reset();
      for (const { name, inFlight } of host.statuses()) this.set({ plugin: name }, inFlight);
    },
  });
  void new Gauge({
    name: 'nexus_plugins',
    help: 'Plugins in each state',
    labelNames: ['state'],
    registers: [register],
    collect() {
      this.reset();
      for (const { state } of host.statuses()) this.inc({ state });
    },
  });
  addRunCounter(register, tools);
  void new Gauge({
    name: 'nexus_tools',
    help: 'Tools that can be called',
    registers: [register],
    collect() {
      this.set(catalogue.entries().length);
    },
  });
  return register;
}

function addRunCounter(register: Registry, tools: Kernel['tools']): void {
  void new Counter({
    name: 'nexus_tool_runs_total',
    help: 'Tool runs that ended since the kernel started',
    labelNames: ['plugin', 'state'],
    registers: [register],
    collect() {
      this.reset();
      for (const { plugin, state, runs } of tools.counts()) this.inc({ plugin, state }, runs);
    },
  });
}
