import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Briefings } from './agent/briefing.ts';
import { ContextParts } from './agent/context-parts.ts';
import { delegateTools } from './agent/delegate-tools.ts';
import { Journal } from './agent/journal.ts';
import { memoryTools } from './agent/memory-tools.ts';
import type { OwnTool } from './agent/own-tool.ts';
import { previewContext } from './agent/preview.ts';
import { skillTool } from './agent/skill-tool.ts';
import { assistantSettings, LiveAssistants } from './agent/assistants.ts';
import { personaSettings } from './agent/persona.ts';
import { variableSettings } from './agent/prompt-variables.ts';
import { SubAgents, subAgentSettings } from './agent/sub-agents.ts';
import type { TurnQueue } from './agent/turn-queue.ts';
import type { Clock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import type { Config } from './config.ts';
import type { Assistants } from './contract/assistants.ts';
import type { ContextPreview, ContextQuery, FolderFiles, Skills } from './contract/context.ts';
import type { Memories, TrustedFiles } from './contract/memories.ts';
import type { Pins } from './contract/pins.ts';
import type { Sandbox } from './contract/sandbox.ts';
import type { Scope } from './contract/scope.ts';
import type { Settings } from './contract/settings.ts';
import type { Catalogue, ToolRunner } from './contract/tools.ts';
import { filesInside } from './files-inside.ts';
import { packageDirOf } from './host/discover/plugin-source.ts';
import { assistantReader } from './kernel-assistants.ts';
import { pluginSkills, type SkillPackage } from './plugin-skills.ts';
import type { Conversations } from './store/conversations.ts';

/** Who answers, what is told beside a conversation, and who works for whom. */
export interface Persona {
  readonly assistants: Assistants;
  readonly briefings: Briefings;
  readonly memories: Memories & TrustedFiles;
  readonly pins: Pins;
  /** The workspace. */
  readonly files: FolderFiles;
  readonly skills: Skills;
  readonly ownTools: readonly OwnTool[];
  readonly subAgents: SubAgents;
  readonly journal: Journal;
  /** What would be told to a model. Throws THREAD_UNKNOWN or ASSISTANT_UNKNOWN. */
  readonly preview: (scope: Scope, query: ContextQuery) => Promise<ContextPreview>;
}

/** What of a kernel it is made of. */
export interface PersonaParts {
  readonly config: Config;
  readonly settings: Settings;
  readonly catalogue: Catalogue;
  readonly tools: ToolRunner;
  readonly sandbox: () => Promise<Sandbox>;
  readonly log: Logger;
}

export interface PersonaDeps extends PersonaParts {
  readonly conversations: Conversations;
  readonly clock: Clock;
  /** Settles when the tools of all plugins are known, or after a while. */
  readonly listed: () => Promise<void>;
  readonly turns: () => TurnQueue;
}

/** Puts together who answers and what is told; `subAgents` and `journal` are to be disposed of. */
export function createPersona(deps: PersonaDeps): Persona {
  const { config, settings, catalogue, tools, sandbox, log, conversations, clock, listed, turns } = deps;
  const { threads, executions, memories, pins, subAgents: records } = conversations;
  const definitions = [...personaSettings, ...variableSettings, ...assistantSettings, ...subAgentSettings];
  settings.define('kernel.persona', definitions);
  const { workspaceDir } = config;
  makeNotes(config);
  const files = filesInside(workspaceDir);
  const skills = pluginSkills(() => skillPackages(config, catalogue));
  const parts = new ContextParts({ settings, files, memories, pins, skills, workspaceDir });
  const read = assistantReader(config, sandbox);
  const assistants = new LiveAssistants({ settings, records: conversations.assistants, read });
  const subAgents = new SubAgents({ threads, executions, records, assistants, turns, settings, log });
  const ownTools = [
    ...delegateTools(subAgents),
    ...memoryTools({ memories, provenance: (...asked) => briefings.provenance(...asked) }),
    skillTool(skills),
  ];
  const told = ownTools.map(({ definition }) => definition);
  const briefings = new Briefings({ assistants, parts, catalogue, threads, executions, ownTools: told });
  const journal = new Journal({ records: conversations.journal, catalogue, tools, settings, clock, log });
  const preview = async (scope: Scope, query: ContextQuery): Promise<ContextPreview> => {
    await listed();
    return await previewContext({ threads, assistants, briefings, clock }, scope, query);
  };
  return { assistants, briefings, memories, pins, files, skills, ownTools, subAgents, journal, preview };
}

/** The packages of the plugins whose tools are offered. */
function skillPackages({ manifestsDir, pluginsDir }: Config, catalogue: Catalogue): readonly SkillPackage[] {
  const packages = new Map<string, SkillPackage>();
  for (const { plugin, manifest } of catalogue.entries()) {
    if (packages.has(plugin) || !('plugin' in manifest.source)) continue;
    const place = { file: join(manifestsDir, `${plugin}.json`), pluginsDir };
    packages.set(plugin, { plugin, dir: packageDirOf(manifest.source.plugin, place) });
  }
  return [...packages.values()];
}

/** The memory plugin may write these files only, and a sandbox can only be granted what is there. */
function makeNotes({ manifestsDir, workspaceDir }: Config): void {
  if (!existsSync(join(manifestsDir, 'memory.json'))) return;
  mkdirSync(join(workspaceDir, 'memories'), { recursive: true });
  for (const name of ['MEMORY.md', 'USER.md']) {
    const file = join(workspaceDir, name);
    if (!existsSync(file)) writeFileSync(file, '', { flag: 'wx' });
  }
}
