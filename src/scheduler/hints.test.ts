/** Which events wake the pods that each plugin has refused (QueueingHints): upstream's cases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import type { ClusterEvent } from './framework/plugin.ts';
import { podInfo } from './framework/pod-info.ts';
import { createFramework, defaultProfile } from './profile.ts';
import { nodeOf, podOf } from './scenario.ts';
import type { Words } from './scenario-words.ts';
import { pluginContext } from './testing.ts';

type Change<T> = (object: T) => void;

const node = (words: Words, change: Change<Node> = () => {}) => {
  const made = nodeOf('n', words);
  change(made);
  return made;
};
const pod = (name: string, words: Words, change: Change<Pod> = () => {}) => {
  const made = podOf(name, words);
  change(made);
  return podInfo(made);
};

const nodeAdded = (words: Words): ClusterEvent => ({ type: 'nodeAdded', node: node(words) });
const nodeDeleted = (words: Words): ClusterEvent => ({ type: 'nodeDeleted', node: node(words) });
const nodeUpdated = (old: Words, words: Words): ClusterEvent => ({
  type: 'nodeUpdated',
  old: node(old),
  node: node(words),
});
const assigned = (words: Words): ClusterEvent => ({
  type: 'podAssigned',
  pod: pod('other', { on: 'n', ...words }),
});
const freed = (words: Words, change?: Change<Pod>): ClusterEvent => ({
  type: 'podFreed',
  pod: pod('other', { on: 'n', ...words }, change),
});
const otherUpdated = (old: Words, words: Words): ClusterEvent => ({
  type: 'assignedPodUpdated',
  old: pod('other', { on: 'n', ...old }),
  pod: pod('other', { on: 'n', ...words }),
});
const updated = (old: Words, words: Words): ClusterEvent => ({
  type: 'podUpdated',
  old: pod('p', old),
  pod: pod('p', words),
});
/** A container of another pod has been made smaller, as its kubelet tells. */
const shrunk = (words: Words, cpu: string): ClusterEvent => {
  const reporting = (has: string) =>
    pod('other', { on: 'n', ...words }, made => {
      const resources = { requests: { cpu: has } };
      made.status = {
        containerStatuses: [{ name: 'main', resources, allocatedResources: { cpu: has } }],
      } as unknown as NonNullable<Pod['status']>;
    });
  return { type: 'assignedPodUpdated', old: reporting('4'), pod: reporting(cpu) };
};
const hostIp =
  (hostIP: string): Change<Pod> =>
  made => {
    made.spec!.containers[0]!.ports![0]!.hostIP = hostIP;
  };
const honoringTaints: Change<Pod> = made => {
  made.spec!.topologySpreadConstraints![0]!.nodeTaintsPolicy = 'Honor';
};

interface Case {
  readonly pod: Words;
  readonly change?: Change<Pod>;
  readonly wakes: readonly ClusterEvent[];
  readonly leaves: readonly ClusterEvent[];
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  NodeResourcesFit: [
    {
      pod: { cpu: '2' },
      wakes: [
        nodeAdded({ cpu: '2' }),
        nodeUpdated({ cpu: '1' }, { cpu: '2' }),
        nodeUpdated({ cpu: '2', pods: '1' }, { cpu: '2', pods: '2' }),
        otherUpdated({ cpu: '2' }, { cpu: '1' }),
        shrunk({ cpu: '1' }, '3'),
        updated({ cpu: '3' }, { cpu: '2' }),
      ],
      leaves: [
        nodeAdded({ cpu: '1' }),
        nodeUpdated({ cpu: '1' }, { cpu: '1500m' }),
        nodeUpdated({ cpu: '4' }, { cpu: '3' }),
        nodeUpdated({ cpu: '2', memory: '1Gi' }, { cpu: '2', memory: '2Gi' }),
        otherUpdated({ cpu: '1' }, { cpu: '2' }),
        otherUpdated({ memory: '2Gi' }, { memory: '1Gi' }),
        otherUpdated({ labels: 'a:b' }, { labels: 'a:c' }),
        updated({ cpu: '2' }, { cpu: '2', labels: 'a:b' }),
      ],
    },
  ],
  TaintToleration: [
    {
      pod: { tolerates: 'a' },
      wakes: [
        nodeAdded({ taints: 'a:NoSchedule' }),
        nodeUpdated({ taints: 'b:NoSchedule' }, { taints: 'a:NoSchedule' }),
        updated({}, { tolerates: 'a' }),
      ],
      leaves: [
        nodeAdded({ taints: 'b:NoExecute' }),
        nodeUpdated({ taints: 'a:NoSchedule' }, {}),
        nodeUpdated({ taints: 'b:NoSchedule' }, { taints: 'c:NoSchedule' }),
        updated({ tolerates: 'a' }, { tolerates: 'a', labels: 'x:y' }),
      ],
    },
  ],
  NodeUnschedulable: [
    {
      pod: {},
      wakes: [nodeAdded({}), nodeUpdated({ cordoned: '' }, {}), updated({}, { tolerates: 'a' })],
      leaves: [
        nodeAdded({ cordoned: '' }),
        nodeUpdated({}, { labels: 'a:b' }),
        nodeUpdated({}, { cordoned: '' }),
        updated({}, { labels: 'a:b' }),
      ],
    },
  ],
  NodeAffinity: [
    {
      pod: { selector: 'disk:ssd' },
      wakes: [nodeAdded({ labels: 'disk:ssd' }), nodeUpdated({}, { labels: 'disk:ssd' })],
      leaves: [
        nodeAdded({ labels: 'disk:hdd' }),
        nodeUpdated({ labels: 'disk:ssd' }, { labels: 'disk:ssd,a:b' }),
        nodeUpdated({ labels: 'disk:ssd' }, {}),
        updated({}, { labels: 'a:b' }),
      ],
    },
  ],
  NodePorts: [
    {
      pod: { port: '80' },
      change: hostIp('10.0.0.1'),
      wakes: [nodeAdded({}), freed({ port: '80' }), freed({ port: '80' }, hostIp('10.0.0.1'))],
      leaves: [
        freed({}),
        freed({ port: '81' }),
        freed({ port: '80' }, hostIp('10.0.0.2')),
        freed({ port: '80' }, made => {
          made.spec!.containers[0]!.ports![0]!.protocol = 'UDP';
        }),
        nodeUpdated({}, { labels: 'a:b' }),
      ],
    },
  ],
  NodeDeclaredFeatures: [
    {
      pod: { 'restarts-all': '' },
      wakes: [nodeAdded({}), nodeUpdated({}, { features: 'A' }), updated({}, { 'restarts-all': '' })],
      leaves: [
        nodeUpdated({ features: 'A' }, { features: 'A', labels: 'a:b' }),
        updated({ 'restarts-all': '' }, { 'restarts-all': '', labels: 'a:b' }),
      ],
    },
  ],
  PodTopologySpread: [
    {
      pod: { labels: 'app:a', spread: 'zone:1' },
      wakes: [
        nodeAdded({ labels: 'zone:1' }),
        nodeDeleted({ labels: 'zone:1' }),
        nodeUpdated({}, { labels: 'zone:1' }),
        nodeUpdated({ labels: 'zone:1' }, {}),
        nodeUpdated({ labels: 'zone:1' }, { labels: 'zone:2' }),
        nodeUpdated({ labels: 'zone:1' }, { labels: 'zone:1', taints: 'a:NoSchedule' }),
        assigned({ labels: 'app:a' }),
        freed({ labels: 'app:a' }),
        otherUpdated({ labels: 'app:b' }, { labels: 'app:a' }),
        otherUpdated({ labels: 'app:a' }, {}),
        updated({ labels: 'app:b', spread: 'zone:1' }, { labels: 'app:a', spread: 'zone:1' }),
      ],
      leaves: [
        nodeAdded({}),
        nodeDeleted({ labels: 'rack:1' }),
        nodeUpdated({ labels: 'zone:1' }, { labels: 'zone:1,a:b' }),
        nodeUpdated({}, { taints: 'a:NoSchedule' }),
        assigned({ labels: 'app:b' }),
        freed({}),
        otherUpdated({ labels: 'app:a' }, { labels: 'app:a,x:y' }),
        updated({ labels: 'app:a' }, { labels: 'app:a,x:y' }),
        updated({ labels: 'app:a' }, { labels: 'app:a', tolerates: 'a' }),
      ],
    },
    {
      pod: { labels: 'app:a', spread: 'zone:1', tolerates: 'a' },
      change: honoringTaints,
      wakes: [updated({ labels: 'app:a' }, { labels: 'app:a', tolerates: 'a' })],
      leaves: [updated({ labels: 'app:a' }, { labels: 'app:a,x:y' })],
    },
    {
      pod: { labels: 'app:a', spread: 'zone:1', selector: 'disk:ssd' },
      wakes: [nodeUpdated({ labels: 'zone:1,disk:ssd' }, { labels: 'zone:1' })],
      leaves: [],
    },
  ],
  InterPodAffinity: [
    {
      pod: { near: 'app:a@zone' },
      wakes: [
        nodeAdded({}),
        nodeUpdated({}, { labels: 'zone:1' }),
        assigned({ labels: 'app:a' }),
        otherUpdated({ labels: 'app:b' }, { labels: 'app:a' }),
        freed({ labels: 'app:a' }),
        freed({ away: 'x:y@zone', labels: 'app:a' }),
        updated({}, { labels: 'app:a' }),
      ],
      leaves: [
        nodeUpdated({}, { taints: 'a:NoSchedule' }),
        assigned({ labels: 'app:b' }),
        otherUpdated({ labels: 'app:a' }, { labels: 'app:a,x:y' }),
        freed({ labels: 'app:b' }),
        updated({ labels: 'app:a' }, { labels: 'app:a', tolerates: 'a' }),
      ],
    },
    {
      pod: { labels: 'x:y', away: 'app:a@zone' },
      wakes: [freed({ labels: 'app:a' }), freed({ away: 'x:y@zone' }), otherUpdated({ labels: 'app:a' }, {})],
      leaves: [assigned({ labels: 'app:a' }), freed({ labels: 'app:b', away: 'x:z@zone' })],
    },
  ],
  SchedulingGates: [{ pod: {}, wakes: [updated({ gate: 'a' }, {})], leaves: [nodeAdded({}), freed({})] }],
  NodeName: [{ pod: {}, wakes: [nodeAdded({})], leaves: [nodeUpdated({}, { labels: 'a:b' }), freed({})] }],
};

for (const [name, list] of Object.entries(cases)) {
  test(`what ${name} has refused`, () => {
    const framework = createFramework(defaultProfile, pluginContext());
    for (const { pod: words, change, wakes, leaves } of list) {
      const info = pod('p', words, change);
      const asked = (event: ClusterEvent) => framework.mayCure(event, info, new Set([name]));
      for (const event of wakes) assert.ok(asked(event), `wakes: ${JSON.stringify(event)}`);
      for (const event of leaves) assert.ok(!asked(event), `leaves: ${JSON.stringify(event)}`);
    }
  });
}
