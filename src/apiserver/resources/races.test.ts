import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { Races } from './races.ts';
import type { ServedResource } from './served.ts';

const served = { bucket: 'core/configmaps', what: { group: '', resource: 'configmaps' } } as ServedResource;

test('a write that a webhook makes while the object is being written does not wait for it forever', async () => {
  const clock = new VirtualClock(() => new Promise(resolve => setImmediate(resolve)));
  const races = new Races(clock);
  const losingOnce = (then: () => Promise<string> | string) => {
    let lost = false;
    return async () => {
      if (lost) return then();
      lost = true;
      return undefined;
    };
  };
  let inner = '';
  const asksWebhook = losingOnce(async () => {
    inner = await races.win(
      served,
      'default/one',
      losingOnce(() => 'inner'),
    );
    return 'outer';
  });
  let outer = '';
  void races.win(served, 'default/one', asksWebhook).then(result => {
    outer = result;
  });
  await clock.advanceUntil(() => outer !== '', 60_000);
  assert.deepEqual([inner, outer], ['inner', 'outer']);
  assert.equal(clock.pending, 0);
});
