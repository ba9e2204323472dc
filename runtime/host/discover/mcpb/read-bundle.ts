import { readJsonText } from '../json-text.ts';
import { explainIssue, spellPath } from '../explain-issue.ts';
import { inputSchemaOf } from '../manifest-json-schema.ts';
import { bundleInvalid, type Archive } from './archive.ts';
import { bundleManifestSchemas, isBundleVersion, versionOf, type BundleManifest } from './bundle-manifest.ts';

const largestManifest = 1_048_576;
const versions = Object.keys(bundleManifestSchemas).join(', ');

/** The checked manifest.json of an opened bundle. Throws BUNDLE_INVALID with what to correct. */
export async function readBundleManifest(path: string, archive: Archive): Promise<BundleManifest> {
  const file = archive.files.get('manifest.json');
  if (file === undefined) {
    const inner = [...archive.files.keys()].find((name) => /^[^/]+\/manifest\.json$/.test(name));
    throw inner === undefined
      ? bundleInvalid(path, '', 'it has no manifest.json', 'Give a .mcpb file, as "mcpb pack" makes it')
      : bundleInvalid(
          path,
          inner,
          'lies in a folder',
          'Pack what is in that folder, so that manifest.json is at the top',
        );
  }
  const json = await readJsonText((await archive.readWhole(file, largestManifest)).toString('utf8'));
  if (!json.ok)
    throw bundleInvalid(path, `manifest.json${json.place}`, json.problem.problem, json.problem.todo);
  return checkBundleManifest(path, json.value);
}

/** Checks the parsed manifest.json of the bundle at `path`. Throws BUNDLE_INVALID. */
export function checkBundleManifest(path: string, value: unknown): BundleManifest {
  const version = versionOf(value);
  if (version === undefined || !isBundleVersion(version)) {
    const problem =
      version === undefined ? 'has no "manifest_version"' : `is of version "${version.slice(0, 20)}"`;
    throw bundleInvalid(
      path,
      'manifest.json',
      problem,
      `Versions ${versions} are read; pack it as one of them`,
    );
  }
  const schema = bundleManifestSchemas[version];
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw parsed.error;
  const problem = explainIssue(issue, value, inputSchemaOf(schema));
  throw bundleInvalid(path, `manifest.json: ${spellPath(problem.path)}`, problem.problem, problem.todo);
}
