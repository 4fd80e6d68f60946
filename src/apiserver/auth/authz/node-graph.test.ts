import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '#machinery/object.ts';
import { NodeGraph } from './node-graph.ts';

const name = fc.constantFrom('x', 'y', 'z');
const podOf = fc.record({
  name,
  node: fc.constantFrom('', 'a', 'b'),
  secret: name,
  claim: name,
  mirror: fc.boolean(),
});
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ pod: podOf }) },
  { weight: 1, arbitrary: fc.record({ removePod: name }) },
  { weight: 2, arbitrary: fc.record({ volume: fc.record({ name, claim: name, secret: name }) }) },
  { weight: 1, arbitrary: fc.record({ removeVolume: name }) },
);

type PodFacts = { name: string; node: string; secret: string; claim: string; mirror: boolean };

function podObject(facts: PodFacts): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: facts.name,
      namespace: 'n',
      ...(facts.mirror ? { annotations: { 'kubernetes.io/config.mirror': '1' } } : {}),
    },
    spec: {
      nodeName: facts.node,
      containers: [{ env: [{ name: 'E', valueFrom: { secretKeyRef: { name: facts.secret, key: 'k' } } }] }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: facts.claim } }],
    },
  } as unknown as KubeObject;
}

function volumeObject(facts: { name: string; claim: string; secret: string }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: facts.name },
    spec: {
      claimRef: { namespace: 'n', name: facts.claim },
      csi: {
        nodePublishSecretRef: { name: facts.secret, namespace: 'n' },
        controllerPublishSecretRef: { name: 'never', namespace: 'n' },
      },
    },
  } as unknown as KubeObject;
}

test('the graph knows what a search of all pods and volumes finds, whatever came and went', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), steps => {
      const graph = new NodeGraph();
      const pods = new Map<string, PodFacts>();
      const volumes = new Map<string, { name: string; claim: string; secret: string }>();
      for (const one of steps) {
        if ('pod' in one) {
          pods.set(one.pod.name, one.pod);
          graph.setPod(podObject(one.pod));
        } else if ('removePod' in one) {
          pods.delete(one.removePod);
          graph.removePod('n', one.removePod);
        } else if ('volume' in one) {
          volumes.set(one.volume.name, one.volume);
          graph.setVolume(volumeObject(one.volume));
        } else {
          volumes.delete(one.removeVolume);
          graph.removeVolume(one.removeVolume);
        }
      }
      for (const node of ['a', 'b']) {
        const own = [...pods.values()].filter(pod => pod.node === node && !pod.mirror);
        const claims = new Set(own.map(pod => pod.claim));
        for (const one of ['x', 'y', 'z', 'never']) {
          const mounted = [...volumes.values()].filter(volume => claims.has(volume.claim));
          const secret = own.some(pod => pod.secret === one) || mounted.some(volume => volume.secret === one);
          assert.equal(graph.relates(node, 'secrets', 'n', one), secret);
          assert.equal(graph.relates(node, 'persistentvolumeclaims', 'n', one), claims.has(one));
          assert.equal(
            graph.relates(node, 'persistentvolumes', '', one),
            mounted.some(volume => volume.name === one),
          );
          assert.equal(graph.relates(node, 'pods', 'n', one), pods.get(one)?.node === node);
        }
      }
    }),
    { numRuns: 500 },
  );
});
