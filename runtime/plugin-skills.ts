import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './base/errors.ts';
import type { Skill, Skills } from './contract/context.ts';
import { filesInside } from './files-inside.ts';

const mostOfPackage = 50;
const mostChars = 1_000_000;
const mostDescription = 300;
const nameOf = /^[\w.-]{1,100}$/;
const absent: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

export interface SkillPackage {
  readonly plugin: string;
  readonly dir: string;
}

/** The skills of plugin packages (Agent Plugins 1.0.0: skills/NAME/SKILL.md with a front matter). A link out of a package leads nowhere. */
export function pluginSkills(packages: () => readonly SkillPackage[]): Skills {
  return {
    list: async () => (await Promise.all(packages().map(skillsOf))).flat(),
    body: async (name) => {
      const [plugin, skill = '', ...more] = name.split('/');
      const found = packages().find((one) => one.plugin === plugin);
      return found === undefined || more.length > 0 ? null : await readSkill(found.dir, skill);
    },
  };
}

async function skillsOf({ plugin, dir }: SkillPackage): Promise<readonly Skill[]> {
  const skills: Skill[] = [];
  try {
    for await (const { name } of await opendir(join(dir, 'skills'))) {
      if (skills.length >= mostOfPackage) break;
      const text = await readSkill(dir, name);
      if (text !== null) skills.push({ name: `${plugin}/${name}`, description: descriptionOf(text) });
    }
  } catch (error) {
    if (!absent.has(systemCode(error))) throw error;
  }
  return skills.toSorted((a, b) => a.name.localeCompare(b.name));
}

async function readSkill(dir: string, skill: string): Promise<string | null> {
  if (!nameOf.test(skill) || skill.startsWith('.')) return null;
  const file = await filesInside(dir).read(`skills/${skill}/SKILL.md`, mostChars);
  return file?.text ?? null;
}

/** `description:` of the front matter, else the first line of the text. */
function descriptionOf(text: string): string {
  const [, front = '', rest = text] = /^---\n([\s\S]*?)\n---\n?([\s\S]*)$/.exec(text) ?? [];
  const described = /^description:\s*["']?(.+?)["']?\s*$/m.exec(front)?.[1];
  const first = rest.split('\n').find((line) => line.trim() !== '');
  return (described ?? first ?? '').slice(0, mostDescription);
}
