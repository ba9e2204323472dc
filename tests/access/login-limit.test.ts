import t from 'tap';
import { LoginLimit } from '../../runtime/access/login-limit.ts';

function limitAt() {
  const clock = { time: 1_000_000, now: () => clock.time };
  const limit = new LoginLimit(clock);
  const waits = (address: string, device: string | null = null): number => {
    const attempt = limit.take(address, device);
    return 'waitMs' in attempt ? attempt.waitMs : 0;
  };
  return { clock, limit, waits };
}

await t.test('ten attempts of an address, then one each minute', (t) => {
  const { clock, waits } = limitAt();
  for (let attempt = 0; attempt < 10; attempt += 1) t.equal(waits('a'), 0);
  t.equal(waits('a'), 60_000);
  t.equal(waits('b'), 0, 'another address');
  clock.time += 59_000;
  t.equal(waits('a'), 1_000);
  clock.time += 1_000;
  t.equal(waits('a'), 0);
  t.equal(waits('a'), 60_000);
  clock.time -= 1_000_000;
  t.ok(waits('a') > 0, 'a clock that goes back gives nothing');
  t.end();
});

await t.test('all strangers together have fifty, and a known browser its own', (t) => {
  const { waits } = limitAt();
  let admitted = 0;
  for (let address = 0; address < 200; address += 1) if (waits(`address ${address}`) === 0) admitted += 1;
  t.equal(admitted, 50);
  for (let attempt = 0; attempt < 10; attempt += 1) t.equal(waits('address 1', 'known'), 0);
  t.ok(waits('address 1', 'known') > 0);
  t.end();
});

await t.test('a right guess costs nothing', (t) => {
  const { limit, waits } = limitAt();
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const taken = limit.take('a', null);
    if ('giveBack' in taken) taken.giveBack();
    else t.fail('refused');
  }
  t.equal(waits('a'), 0);
  t.end();
});

await t.test('more addresses than are remembered forget nothing that matters', (t) => {
  const { clock, waits } = limitAt();
  for (let attempt = 0; attempt < 10; attempt += 1) waits('first');
  for (let address = 0; address < 1_100; address += 1) {
    clock.time += 1;
    waits(`address ${address}`);
  }
  t.ok(waits('first') > 0, 'what all have is used up');
  t.end();
});
