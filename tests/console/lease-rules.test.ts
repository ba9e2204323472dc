import t from 'tap';
import { choicesFor, rulesOf } from '../../runtime/console/src/pages/approvals/lease-rules.ts';
import { leaseArgumentsSchema } from '../../runtime/contract/leases.ts';

t.same(choicesFor('/home/me/notes'), ['same', 'below', 'any']);
t.same(choicesFor('https://example.org/a'), ['same', 'below', 'any']);
t.same(choicesFor('hello'), ['same', 'any']);
t.same(choicesFor(7), ['same', 'any']);

const args = { path: '/notes', 'a/b~c': { deep: [1] }, mode: 'w', none: null };
const rules = rulesOf(args, { path: 'below', mode: 'any' });
t.same(rules, {
  '/path': { prefix: '/notes' },
  '/a~1b~0c': { equals: { deep: [1] } },
  '/mode': { any: true },
  '/none': { equals: null },
});
t.same(leaseArgumentsSchema.parse(rules), rules, 'the kernel takes them');
t.same(rulesOf({ count: 3 }, { count: 'below' }), { '/count': { equals: 3 } }, 'nothing lies below a number');
