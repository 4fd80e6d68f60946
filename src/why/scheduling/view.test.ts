import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '#base/random.ts';
import type { KubeObject } from '#machinery/object.ts';
import { decide } from '#scheduler/decide.ts';
import { nodeOf, podOf } from '#scheduler/scenario.ts';
import { explainObject } from '../explain.ts';
import { Facts } from '../facts.ts';
import { judge, schedulingView } from './view.ts';

const word = <T extends string>(...values: T[]) => fc.constantFrom(...values);
const nodeWords = fc.record(
  {
    cpu: word('1', '2'),
    memory: word('1Gi', '2Gi'),
    pods: word('2', '5'),
    labels: word('zone:a', 'zone:b', 'zone:a,disk:ssd'),
    taints: word('t:NoSchedule', 't:NoExecute'),
    cordoned: word(''),
  },
  { requiredKeys: ['cpu', 'memory', 'pods'] },
);
const podWords = fc.record(
  {
    cpu: word('250m', '1', '1500m'),
    labels: word('app:x', 'app:y'),
    selector: word('zone:a', 'disk:ssd'),
    tolerates: word('t'),
    port: word('80', '81'),
    names: word('n0,n1', 'n2'),
    away: word('app:x@zone', 'app:y@kubernetes.io/hostname'),
    near: word('app:x@zone', 'app:y@kubernetes.io/hostname'),
    spread: word('zone:1', 'kubernetes.io/hostname:1'),
    priority: word('0', '10'),
  },
  { requiredKeys: [] },
);
const cluster = fc.record({
  nodes: fc.array(nodeWords, { minLength: 1, maxLength: 4 }),
  pods: fc.array(fc.record({ on: fc.nat(3), promised: fc.boolean(), words: podWords }), { maxLength: 8 }),
  pod: podWords,
});

/** Running pods, and pods that preemption has promised a node to. */
function podObjects(pods: readonly { on: number; promised: boolean; words: object }[], nodeCount: number) {
  return pods.map(({ on, promised, words }, i) => {
    const nodeName = `n${on % nodeCount}`;
    const pod = podOf(`p${i}`, promised ? { ...words } : { ...words, on: nodeName });
    return promised ? { ...pod, status: { nominatedNodeName: nodeName } } : pod;
  });
}

test('a pod is explained as the scheduler would decide', () => {
  fc.assert(
    fc.property(cluster, ({ nodes, pods, pod: words }) => {
      const pod = podOf('want', words);
      const objects: KubeObject[] = [
        ...nodes.map((one, i) => nodeOf(`n${i}`, one)),
        ...podObjects(pods, nodes.length),
        pod,
      ];
      const facts = new Facts({ nowMs: 0, objects });
      const view = schedulingView(facts, pod);
      const judged = judge(view);
      const { verdict } = decide(view.framework, view.table, view.pod, new SeededRandom(1), 0);
      const fitting = judged.nodes
        .filter(({ refusals }) => refusals.length === 0)
        .map(({ node }) => node.name);
      if (verdict.type === 'fits') assert.ok(fitting.includes(verdict.nodeName));
      else {
        assert.deepEqual(judged.refusedAtOnce.length === 0 ? fitting : [], []);
        // The scheduler stops at the first plug-in that refuses a node.
        for (const { node, refusals } of judged.nodes) {
          const decided = verdict.diagnosis.rejections.get(node.name);
          if (decided) assert.deepEqual(refusals[0], decided);
        }
      }
      assert.match(explainObject(pod, facts).headline, /^Pod default\/want: Pending: /);
    }),
    { numRuns: 300 },
  );
});
