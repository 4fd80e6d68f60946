import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '#api/generated/types/core.v1.ts';
import { TriggerTimes } from './trigger-times.ts';

const at = (second: number) => `2026-01-01T00:00:0${second}Z`;
const service = (second: number) => ({ metadata: { creationTimestamp: at(second) } }) as Service;
const podsAt = (pods: Readonly<Record<string, number>>) =>
  Object.entries(pods).map(([name, second]) => {
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: at(second) }];
    return { metadata: { name }, status: { conditions } } as Pod;
  });

test('the first of the changes since the last look counts, and for a new service that it was made', () => {
  const looks: [string, number, Record<string, number>, number | undefined][] = [
    ['a new service', 0, {}, 0],
    ['two pods come', 0, { a: 2, b: 1 }, 1],
    ['nothing', 0, { a: 2, b: 1 }, undefined],
    ['one changes, one goes', 0, { a: 3 }, 3],
    ['one goes', 0, {}, undefined],
    ['another service of the name, and a pod', 5, { c: 4 }, 4],
  ];
  const times = new TriggerTimes();
  for (const [what, made, pods, first] of looks) {
    const expected = first === undefined ? undefined : at(first);
    assert.equal(times.next('default/web', service(made), podsAt(pods)), expected, what);
  }
  times.forget('default/web');
  assert.equal(times.next('default/web', service(3), podsAt({ a: 0, b: 5 })), at(3), 'new with pods');
});
