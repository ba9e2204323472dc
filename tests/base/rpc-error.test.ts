import t from 'tap';
import { RpcError, rpcCodes } from '../../runtime/base/rpc-error.ts';

await t.test('an error of the wire keeps its code, text and data', (t) => {
  const error = new RpcError(-32_000, 'no', { why: [1] });
  t.type(error, Error);
  t.match(error, { name: 'RpcError', code: -32_000, message: 'no', data: { why: [1] } });
  t.equal(new RpcError(1, 'x').data, undefined);
  t.end();
});

await t.test('the codes are those of the specifications', (t) => {
  t.match(rpcCodes, {
    invalidRequest: -32_600,
    methodNotFound: -32_601,
    invalidParams: -32_602,
    internal: -32_603,
    headerMismatch: -32_020,
    missingCapability: -32_021,
  });
  t.end();
});
