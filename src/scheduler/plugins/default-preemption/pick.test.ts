import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NodeInfo } from '../../framework/node-info.ts';
import type { PreemptionCandidate } from '../../framework/plugin.ts';
import { podInfo } from '../../framework/pod-info.ts';
import { pickCandidate, priced } from './pick.ts';
import { byImportance } from './victims.ts';

const startTimes = [undefined, '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2026-01-02T00:00:00Z'];

const victim = fc
  .record({
    priority: fc.constantFrom(-(2 ** 31), -1, 0, 1),
    startTime: fc.constantFrom(...startTimes),
  })
  .map(({ priority, startTime }) =>
    podInfo({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: { containers: [], priority },
      status: startTime ? { startTime } : {},
    }),
  );

const candidate = fc
  .record({
    violations: fc.nat({ max: 1 }),
    victims: fc.array(victim, { minLength: 1, maxLength: 3 }),
  })
  .map(({ victims, violations }) => ({
    node: new NodeInfo('n'),
    violations,
    victims: victims.sort(byImportance),
  }));

/** As upstream tells it: each rule leaves those that are best by it, and the first of what is left is taken. */
function pickByRules(candidates: readonly PreemptionCandidate[]): PreemptionCandidate {
  let left = candidates;
  const keepLeast = (cost: (one: PreemptionCandidate) => number | bigint) => {
    const costs = left.map(cost);
    const least = costs.reduce((a, b) => (b < a ? b : a));
    left = left.filter((_, i) => costs[i] === least);
  };
  keepLeast(({ violations }) => violations);
  keepLeast(({ victims }) => Math.max(...victims.map(({ priority }) => priority)));
  keepLeast(({ victims }) => victims.reduce((sum, { priority }) => sum + BigInt(priority) + 2n ** 31n, 0n));
  keepLeast(({ victims }) => victims.length);
  keepLeast(({ victims }) => {
    const top = victims.filter(({ priority }) => priority === victims[0]!.priority);
    return -Math.min(...top.map(({ pod }) => Date.parse(pod.status?.startTime ?? '9999-12-31T00:00:00Z')));
  });
  return left[0]!;
}

test('the candidate that hurts least is the one that the rules leave, one after the other', () => {
  fc.assert(
    fc.property(fc.array(candidate, { minLength: 1, maxLength: 8 }), candidates => {
      const picked = pickCandidate(candidates.map(priced));
      assert.equal(
        candidates.findIndex(one => one.victims === picked.victims),
        candidates.indexOf(pickByRules(candidates) as never),
      );
    }),
    { numRuns: 500 },
  );
});
