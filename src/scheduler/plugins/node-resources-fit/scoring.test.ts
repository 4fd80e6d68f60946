import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeInfo } from '../../framework/node-info.ts';
import { podInfo } from '../../framework/pod-info.ts';
import { nodeOf, podOf } from '../../scenario.ts';
import { allocationScorer, type ScoringStrategy } from './scoring.ts';

test('by ratio, a resource that scores nothing is left out of the mean', () => {
  const node = new NodeInfo('n');
  node.setNode(nodeOf('n', { cpu: '10', memory: '10Gi' }));
  const score = (type: ScoringStrategy['type'], memory: string) => {
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 100, score: 10 },
    ];
    return allocationScorer({ type, shape })(podInfo(podOf('p', { cpu: '5', memory })), node);
  };
  assert.equal(score('RequestedToCapacityRatio', '2Gi'), 35);
  assert.equal(score('RequestedToCapacityRatio', '0'), 50);
  assert.equal(score('MostAllocated', '0'), 25);
});
