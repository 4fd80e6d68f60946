/** The workloads of upstream's test/integration/scheduler_perf: its templates, its counts at 500 and 5,000 nodes. */
import type { Node, Pod } from '#api/generated/types/core.v1.ts';

type Labels = Record<string, string>;
type PodSpec = NonNullable<Pod['spec']>;
type Affinity = NonNullable<PodSpec['affinity']>;

export interface PodTemplate {
  readonly prefix: string;
  readonly namespace: string;
  readonly labels?: Labels;
  readonly spec: PodSpec;
}

/** Pods of the first template wait in the first namespace while those of the second are measured. */
const initNamespace = 'sched-0';
const measureNamespace = 'sched-1';
export const namespaces = [initNamespace, measureNamespace];

const container = (requests?: Labels) => ({
  name: 'pause',
  image: 'registry.k8s.io/pause:3.10.1',
  ...(requests ? { ports: [{ containerPort: 80 }], resources: { limits: requests, requests } } : {}),
});

function template(prefix: string, spec: Partial<PodSpec> = {}, labels: Labels = {}): PodTemplate {
  const containers = [container({ cpu: '100m', memory: '500Mi' })];
  return { prefix, namespace: measureNamespace, labels, spec: { containers, ...spec } };
}

const hostname = 'kubernetes.io/hostname';
const zone = 'topology.kubernetes.io/zone';
const term = (color: string, topologyKey: string) => ({
  labelSelector: { matchLabels: { color } },
  topologyKey,
  namespaces: ['sched-1', 'sched-0'],
});
const affine = (prefix: string, color: string, affinity: Affinity) =>
  template(prefix, { affinity }, { color });
const required = (color: string, topologyKey: string) => ({
  requiredDuringSchedulingIgnoredDuringExecution: [term(color, topologyKey)],
});
const preferred = (color: string, topologyKey: string) => ({
  preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term(color, topologyKey) }],
});
const nodeTerms = (nodeSelectorTerms: object[]): Affinity => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
});
const spread = (whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway') =>
  template(
    'spreading-pod-',
    {
      topologySpreadConstraints: [
        {
          maxSkew: 5,
          topologyKey: zone,
          whenUnsatisfiable,
          labelSelector: { matchLabels: { color: 'blue' } },
        },
      ],
    },
    { color: 'blue' },
  );

export const specialNode = 'scheduler-perf-node';
export const priorityClass = { name: 'high', value: 10 };

const templates = {
  default: template('pod-'),
  light: template('light-pod-', { containers: [container()], terminationGracePeriodSeconds: 0 }),
  gated: template('gated-pod-', {
    containers: [container()],
    schedulingGates: [{ name: 'test.k8s.io/hold' }],
  }),
  daemon: template('daemonset-', {
    containers: [container()],
    affinity: nodeTerms([{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [specialNode] }] }]),
  }),
  lowPriority: template('low-', {
    containers: [container({ cpu: '900m', memory: '500Mi' })],
    terminationGracePeriodSeconds: 0,
  }),
  highPriority: template('high-', {
    containers: [container({ cpu: '3000m', memory: '500Mi' })],
    priorityClassName: priorityClass.name,
    priority: priorityClass.value,
  }),
  tooLarge: template('pod-h-', {
    containers: [container({ cpu: '9', memory: '500Mi' })],
    priorityClassName: priorityClass.name,
    priority: priorityClass.value,
  }),
  affinity: affine('affinity-pod-', 'blue', { podAffinity: required('blue', zone) }),
  antiAffinity: affine('anti-affinity-pod-', 'green', { podAntiAffinity: required('green', hostname) }),
  preferredAffinity: affine('preferred-affinity-pod-', 'red', { podAffinity: preferred('red', hostname) }),
  preferredAntiAffinity: affine('preferred-anti-affinity-pod-', 'yellow', {
    podAntiAffinity: preferred('yellow', hostname),
  }),
  nodeAffinity: template('node-affinity-', {
    affinity: nodeTerms([{ matchExpressions: [{ key: zone, operator: 'In', values: ['zone1', 'zone2'] }] }]),
  }),
  spreading: spread('DoNotSchedule'),
  preferredSpreading: spread('ScheduleAnyway'),
};

/** What goes on beside the measured pods. */
export interface Churn {
  readonly everyMs: number;
  /** Each time a new pod of this kind; in `recreate`, made and deleted in turn together with a node and a service. */
  readonly template: PodTemplate;
  readonly recreate?: boolean;
}

export interface Workload {
  /** Upstream's. */
  readonly name: string;
  readonly zones: readonly string[];
  /** There is one node more, of a known name, that holds any number of pods. */
  readonly special?: boolean;
  /** Pods that are there before, by their share of the number of nodes (at 500 nodes and fewer, and above). */
  readonly init: readonly { readonly template: PodTemplate; readonly perNode: readonly [number, number] }[];
  /** Deleted one by one, this many a second, while others are measured. */
  readonly deletedPerSecond?: number;
  readonly measured: PodTemplate;
  readonly measuredPerNode: readonly [number, number];
  readonly churn?: Churn;
}

const zone1 = ['zone1'];
const moons = ['moon-1', 'moon-2', 'moon-3'];
const t = templates;
const none: readonly string[] = [];

const both = (name: string, pods: PodTemplate, init: [number, number], measured: [number, number]) => ({
  name,
  zones: none,
  init: [{ template: pods, perNode: init }],
  measured: pods,
  measuredPerNode: measured,
});

export const workloads: readonly Workload[] = [
  both('SchedulingBasic', t.default, [1, 0.2], [2, 2]),
  {
    name: 'SchedulingWithMixedChurn',
    zones: none,
    init: [],
    measured: t.default,
    measuredPerNode: [2, 2],
    churn: { everyMs: 1000, template: t.tooLarge, recreate: true },
  },
  {
    name: 'TopologySpreading',
    zones: moons,
    init: [{ template: t.default, perNode: [2, 1] }],
    measured: t.spreading,
    measuredPerNode: [2, 1],
  },
  {
    name: 'PreferredTopologySpreading',
    zones: moons,
    init: [{ template: t.default, perNode: [2, 1] }],
    measured: t.preferredSpreading,
    measuredPerNode: [2, 1],
  },
  { ...both('SchedulingNodeAffinity', t.nodeAffinity, [1, 1], [2, 2]), zones: zone1 },
  { ...both('SchedulingPodAffinity', t.affinity, [1, 1], [2, 1]), zones: zone1 },
  both('SchedulingPodAntiAffinity', t.antiAffinity, [0.2, 0.2], [0.8, 0.4]),
  both('SchedulingPreferredPodAffinity', t.preferredAffinity, [1, 1], [2, 1]),
  both('SchedulingPreferredPodAntiAffinity', t.preferredAntiAffinity, [1, 1], [2, 1]),
  {
    name: 'MixedSchedulingBasePod',
    zones: zone1,
    init: [t.default, t.affinity, t.antiAffinity, t.preferredAffinity, t.preferredAntiAffinity].map(
      template => ({ template, perNode: [0.4, 0.4] as const }),
    ),
    measured: t.default,
    measuredPerNode: [2, 1],
  },
  {
    name: 'PreemptionBasic',
    zones: none,
    init: [{ template: t.lowPriority, perNode: [4, 4] }],
    measured: t.highPriority,
    measuredPerNode: [1, 1],
  },
  {
    name: 'PreemptionAsync',
    zones: none,
    init: [{ template: t.lowPriority, perNode: [4, 4] }],
    measured: t.default,
    measuredPerNode: [1, 1],
    churn: { everyMs: 200, template: t.highPriority },
  },
  {
    name: 'Unschedulable',
    zones: none,
    init: [{ template: t.default, perNode: [0.02, 4] }],
    measured: t.default,
    measuredPerNode: [2, 2],
    churn: { everyMs: 200, template: t.tooLarge },
  },
  {
    name: 'SchedulingWhileGated',
    zones: none,
    init: [
      { template: t.gated, perNode: [2, 2] },
      { template: t.light, perNode: [4, 4] },
    ],
    deletedPerSecond: 50,
    measured: t.light,
    measuredPerNode: [4, 4],
  },
  {
    name: 'SchedulingDaemonset',
    zones: none,
    special: true,
    init: [],
    measured: t.daemon,
    measuredPerNode: [2, 2],
  },
];

export function nodeOf(name: string, zoneName: string | undefined, pods: string): Node {
  const labels = { [hostname]: name, ...(zoneName ? { [zone]: zoneName } : {}) };
  const capacity = { cpu: '4', memory: '32Gi', pods };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    status: { capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

/** The cluster's nodes. */
export function nodesOf({ zones, special }: Workload, count: number): Node[] {
  const nodes = Array.from({ length: count }, (_, i) => nodeOf(`node-${i}`, zones[i % zones.length], '110'));
  if (special) nodes.push(nodeOf(specialNode, undefined, '90000'));
  return nodes;
}

/** `count` pods of a template, numbered from 0. */
export function podsOf(from: PodTemplate, count: number, role: 'init' | 'measured' | 'churn'): Pod[] {
  const namespace = role === 'init' ? initNamespace : from.namespace;
  return Array.from({ length: count }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${from.prefix}${role}-${i}`, namespace, labels: from.labels },
    spec: from.spec,
  }));
}

/** A share that holds for a cluster of this size, as a number of pods. */
export function podCount([small, large]: readonly [number, number], nodeCount: number): number {
  return Math.max(1, Math.round(nodeCount * (nodeCount > 1000 ? large : small)));
}
