import t from 'tap';
import {
  settingOptionSchema,
  settingProblem,
  type SettingOption,
  type SettingValue,
} from '../../runtime/contract/setting-option.ts';

const option = (fields: Partial<SettingOption>): SettingOption =>
  settingOptionSchema.parse({ type: 'string', title: 'A setting', ...fields });

const cases: readonly (readonly [
  Partial<SettingOption>,
  readonly SettingValue[],
  readonly SettingValue[],
])[] = [
  [{}, ['', 'text', 'x'.repeat(32_768)], [1, true, ['a'], 'a\0b', 'x'.repeat(32_769)]],
  [{ required: true }, ['a'], ['']],
  [{ sensitive: true }, ['a'], ['', '••••••••abcd']],
  [{ choices: ['a', 'b'] }, ['a'], ['c', '']],
  [{ format: 'url' }, ['https://example.org', 'postgres://u@h:5432/db'], ['example.org', 'mailto:x@y', '']],
  [{ format: 'port' }, ['1', '65535'], ['0', '080', '70000', 'x']],
  [{ type: 'number' }, [1, -0.5], ['1', Number.NaN, Number.POSITIVE_INFINITY, true]],
  [{ type: 'number', min: 1, max: 3 }, [1, 3], [0.9, 3.1]],
  [{ type: 'number', format: 'port' }, [1, 65_535], [0, 1.5, 65_536, '80']],
  [{ type: 'boolean' }, [true, false], ['true', 1]],
  [
    { type: 'directory' },
    ['/tmp', '~', '~/x', '${home}/x', '${workspace}'],
    ['x', '', './x', '~x', '${data}'],
  ],
  [
    { type: 'file', multiple: true },
    [[], ['/a', '/b']],
    ['/a', ['/a', 'b'], Array.from({ length: 257 }, () => '/a')],
  ],
];

for (const [fields, good, bad] of cases) {
  await t.test(JSON.stringify(fields), (t) => {
    for (const value of good)
      t.equal(settingProblem(option(fields), value), undefined, JSON.stringify(value).slice(0, 40));
    for (const value of bad)
      t.match(settingProblem(option(fields), value), /^must /, JSON.stringify(value).slice(0, 40));
    t.end();
  });
}
