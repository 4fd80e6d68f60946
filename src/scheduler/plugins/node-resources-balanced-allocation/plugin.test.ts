import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '../../framework/plugin.ts';
import { NodeInfo } from '../../framework/node-info.ts';
import { podInfo } from '../../framework/pod-info.ts';
import { nodeOf, podOf } from '../../scenario.ts';
import { nodeResourcesBalancedAllocation } from './plugin.ts';

const node = (cpu: string, memory: string) => {
  const info = new NodeInfo('n');
  info.setNode(nodeOf('n', { cpu: '10', memory: '10Gi' }));
  info.addPod(podInfo(podOf('there', { cpu, memory })));
  return info;
};
const scorer = (cpu: string, memory: string) =>
  nodeResourcesBalancedAllocation().preScore?.(podInfo(podOf('p', { cpu, memory })), [], {} as Snapshot);

test('a node is scored by what the pod makes of its balance', () => {
  const cases: readonly (readonly [there: [string, string], asked: [string, string], score: number])[] = [
    [['0', '0'], ['5', '5Gi'], 75],
    [['0', '0'], ['10', '0'], 50],
    [['10', '0'], ['0', '10Gi'], 100],
    [['6', '2Gi'], ['1', '1Gi'], 75],
    [['6', '2Gi'], ['0', '4Gi'], 85],
    [['6', '6Gi'], ['4', '0'], 65],
    [['3', '0'], ['20', '0'], 57],
  ];
  for (const [there, asked, score] of cases) {
    assert.equal(scorer(...asked)!.score(node(...there)), score, `${there} ${asked}`);
  }
});

test('pods that ask for nothing are not scored', () => {
  assert.equal(scorer('0', '0'), undefined);
});
