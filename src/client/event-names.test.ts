import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { EventNames } from './event-names.ts';

test('two sources that tell of one object in one millisecond name their events differently', () => {
  const clock = new VirtualClock(() => Promise.resolve());
  const sources = ['kubelet node-1', 'kubelet node-2', 'node-controller '].map(
    source => new EventNames(clock, source),
  );
  const names = sources.flatMap(source => [source.next('web'), source.next('web')]);
  assert.equal(new Set(names).size, 6);
  assert.ok(names.every(name => /^web\.[0-9a-f]{1,16}$/.test(name)));
});
