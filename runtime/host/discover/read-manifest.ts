import { basename } from 'node:path';
import { NexusError } from '../../base/errors.ts';
import {
  manifestSchema,
  ownPrefix,
  pluginNameSchema,
  type Manifest,
  type ManifestFile,
} from '../../contract/manifest.ts';
import { checkSettings } from './check-settings.ts';
import { checkPlaceholders } from './placeholders.ts';
import { explainIssue, spellPath, type FileProblem } from './explain-issue.ts';
import { placeOf, readJsonText } from './json-text.ts';
import { findRepeatedKey } from './repeated-key.ts';
import { manifestJsonSchema } from './manifest-json-schema.ts';

/** Parses and checks one manifest. Throws MANIFEST_INVALID with the file, the key and what to write instead. */
export async function readManifest(file: string, text: string): Promise<Manifest> {
  const json = await readJsonText(text);
  if (!json.ok) throw manifestInvalid(`${file}${json.place}`, json.problem);
  const repeated = await findRepeatedKey(text, json.value);
  if (repeated !== undefined) throw manifestInvalid(`${file}${repeated.place}`, repeated.problem);
  const parsed = manifestSchema.safeParse(json.value);
  const problems = parsed.success
    ? checkMeaning(parsed.data, basename(file, '.json'))
    : parsed.error.issues.map((issue) => explainIssue(issue, json.value, manifestJsonSchema()));
  const [first] = problems;
  if (first !== undefined) {
    throw manifestInvalid(`${file}${await placeOf(text, first.path)}`, first, problems.length - 1);
  }
  if (!parsed.success) throw parsed.error;
  const { $schema: _schema, ...manifest } = parsed.data;
  const name = basename(file, '.json');
  return { ...manifest, name, prefix: manifest.prefix ?? name };
}

/** The error for one problem of a manifest; `more` further ones are only counted. */
export function manifestInvalid(file: string, { path, problem, todo }: FileProblem, more = 0): NexusError {
  const rest = more > 0 ? ` (and ${more} more ${more === 1 ? 'problem' : 'problems'} in this file)` : '';
  return new NexusError('MANIFEST_INVALID', { file, key: spellPath(path), problem, todo: `${todo}${rest}` });
}

/** What the schema cannot say: the name is that of the file, the prefix is free, placeholders are known and declared. */
function checkMeaning(manifest: ManifestFile, stem: string): readonly FileProblem[] {
  return [
    ...checkName(manifest.name, stem),
    ...checkPrefix(manifest.prefix, stem),
    ...checkSettings(manifest),
    ...checkPlaceholders(manifest),
  ];
}

function* checkName(name: string | undefined, stem: string): Iterable<FileProblem> {
  if (name !== undefined && name !== stem) {
    yield {
      path: ['name'],
      problem: `is "${name}", but the file is "${stem}.json"`,
      todo: `Remove "name", or rename the file to "${name}.json"`,
    };
  } else if (!pluginNameSchema.safeParse(stem).success) {
    yield {
      path: [],
      problem: `is named "${stem}.json", which is not a plugin name`,
      todo: 'Rename the file to 1 to 64 lower-case letters, digits and inner hyphens, then .json',
    };
  }
}

function* checkPrefix(prefix: string | undefined, stem: string): Iterable<FileProblem> {
  if (!`${prefix ?? stem}__`.startsWith(ownPrefix)) return;
  yield {
    path: ['prefix'],
    problem: `is ${prefix === undefined ? `the name, "${stem}", when absent` : `"${prefix}"`}, and tools of the assistant itself begin with ${ownPrefix}`,
    todo: `Write another one, as in "prefix": "my-agent"${prefix === undefined ? ', or give the plugin another name' : ''}`,
  };
}
