import t from 'tap';
import { Validators } from '../../../runtime/tools/schema/validators.ts';

await t.test('a schema is compiled once, as long as it is among the 256 used last', (test) => {
  const validators = new Validators();
  const schemas = Array.from({ length: 300 }, () => ({ type: 'object' }));
  const [first = {}, second = {}] = schemas;
  const [one, two] = [validators.of(first, 'a'), validators.of(second, 'b')];
  test.not(one, two, 'equal schemas of two tools are two');
  for (const schema of schemas) {
    validators.of(schema, 'x');
    test.equal(validators.of(first, 'a'), one);
  }
  test.not(validators.of(second, 'b'), two);
  test.throws(() => validators.of(5, 'bad'), { code: 'TOOL_SCHEMA_REFUSED', message: /tool "bad"/ });
  test.end();
});
