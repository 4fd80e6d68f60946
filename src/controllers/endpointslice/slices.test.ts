import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod, Service } from '#api/generated/types/core.v1.ts';
import type { Endpoint, EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { zoneShares } from './hints.ts';
import { type NodeFacts, planSlices, type SlicePlan } from './slices.ts';

function serviceWith(spec: object = {}, metadata: object = {}): Service {
  const ports = [{ name: 'web', port: 80, protocol: 'TCP' }];
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'service', ...metadata },
    spec: { ports, ipFamilies: ['IPv4'], clusterIP: '10.0.0.1', ...spec },
  } as unknown as Service;
}

function pod(number: number, facts: { node?: string; ready?: boolean } = {}): Pod {
  const { node = 'a', ready = true } = facts;
  return {
    metadata: { name: `web-${number}`, namespace: 'default', uid: `uid-${number}` },
    spec: { nodeName: node, containers: [] },
    status: {
      phase: 'Running',
      podIPs: [{ ip: `10.1.${Math.floor(number / 250)}.${number % 250}` }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  } as unknown as Pod;
}

const pods = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => pod(from + i));

/** Nodes a, b … of the zones of the same names, with these numbers of CPUs. */
function nodesOf(cpus: Readonly<Record<string, string>>): NodeFacts {
  const nodes = Object.entries(cpus).map(
    ([name, cpu]) =>
      ({
        metadata: { name, labels: { 'topology.kubernetes.io/zone': name } },
        status: { allocatable: { cpu }, conditions: [{ type: 'Ready', status: 'True' }] },
      }) as unknown as Node,
  );
  return {
    nodeOf: name => nodes.find(node => node.metadata.name === name),
    zoneShares: () => zoneShares(nodes),
  };
}

/** What a cluster would hold after the plan: new slices get names. */
class World {
  slices: EndpointSlice[] = [];
  #made = 0;

  apply(service: Service, members: readonly Pod[], nodes = nodesOf({ a: '1' })): SlicePlan {
    const plan = planSlices(service, members, this.slices, nodes);
    const names = (slices: readonly EndpointSlice[]) => slices.map(({ metadata }) => metadata.name);
    const gone = new Set([...names(plan.update), ...names(plan.remove)]);
    const made = plan.create.map(slice => ({
      ...slice,
      metadata: { ...slice.metadata, name: `s${this.#made++}` },
    }));
    this.slices = [
      ...this.slices.filter(({ metadata }) => !gone.has(metadata.name)),
      ...plan.update,
      ...made,
    ];
    return plan;
  }

  get endpoints(): Endpoint[] {
    return this.slices.flatMap(slice => slice.endpoints ?? []);
  }

  get sizes(): Record<string, number> {
    return Object.fromEntries(
      this.slices.map(({ metadata, endpoints }) => [metadata.name, endpoints?.length ?? 0]),
    );
  }
}

const counts = ({ create, update, remove }: SlicePlan) => [create.length, update.length, remove.length];

test('as few slices change as may be', () => {
  const world = new World();
  const service = serviceWith();
  assert.deepEqual(counts(world.apply(service, pods(0, 160))), [2, 0, 0]);
  assert.deepEqual(world.sizes, { s0: 100, s1: 60 });
  // Forty fit into one of the two; as many as a hundred and more fit into none, and a third is made.
  assert.deepEqual(counts(world.apply(service, pods(0, 200))), [0, 1, 0]);
  const half = [...pods(0, 50), ...pods(100, 150)];
  assert.deepEqual(counts(world.apply(service, half)), [0, 2, 0]);
  assert.deepEqual(counts(world.apply(service, [...half, ...pods(200, 290)])), [1, 0, 0]);
  assert.deepEqual(world.sizes, { s0: 50, s1: 50, s2: 90 });
  // Those that change anyway are filled up first.
  const less = [...pods(1, 50), ...pods(100, 150), ...pods(200, 290), ...pods(300, 320)];
  assert.deepEqual(counts(world.apply(service, less)), [0, 1, 0]);
  assert.deepEqual(world.sizes, { s0: 69, s1: 50, s2: 90 });
  assert.deepEqual(counts(world.apply(service, less)), [0, 0, 0]);
});

test('what is to be made takes the place of what would go', () => {
  const world = new World();
  world.apply(serviceWith(), []);
  assert.deepEqual(counts(world.apply(serviceWith(), pods(0, 2))), [0, 1, 0]);
  const renamed = serviceWith({ ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] });
  assert.deepEqual(counts(world.apply(renamed, pods(0, 2))), [0, 1, 0]);
  assert.deepEqual(world.sizes, { s0: 2 });
  assert.deepEqual(world.slices[0]!.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
  assert.deepEqual(counts(world.apply(renamed, [])), [0, 1, 0]);
  assert.deepEqual(world.sizes, { s0: 0 });
});

test('the order of ports means nothing', () => {
  const world = new World();
  const ports = [
    { name: 'a', port: 1, protocol: 'TCP' },
    { name: 'b', port: 2, protocol: 'TCP' },
  ];
  world.apply(serviceWith({ ports }), pods(0, 1));
  assert.deepEqual(counts(world.apply(serviceWith({ ports: ports.toReversed() }), pods(0, 1))), [0, 0, 0]);
});

test('slices of an older service of the same name are not taken over', () => {
  const world = new World();
  world.apply(serviceWith(), pods(0, 2));
  const plan = world.apply(serviceWith({}, { uid: 'another' }), pods(0, 2));
  assert.deepEqual(counts(plan), [1, 0, 1]);
  assert.equal(world.slices[0]!.metadata.ownerReferences?.[0]?.uid, 'another');
});

test('pods of a node that is gone are left out, unless all are asked for', () => {
  const world = new World();
  const members = [pod(0), pod(1, { node: 'gone' })];
  const plan = world.apply(serviceWith(), members);
  assert.deepEqual(plan.problems, ['skipping Pod web-1 for Service default/web: Node gone Not Found']);
  assert.deepEqual(world.sizes, { s0: 1 });
  const all = world.apply(serviceWith({ publishNotReadyAddresses: true }), members);
  assert.deepEqual([all.problems, world.sizes], [[], { s0: 2 }]);
});

const byTopology = serviceWith({}, { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } });
const zonesOf = (world: World) => world.endpoints.map(({ hints }) => hints?.forZones?.[0]?.name);

test('zones have the traffic of as many endpoints as their nodes have CPUs', () => {
  const world = new World();
  const nodes = nodesOf({ a: '3', b: '2', c: '1' });
  const members = pods(0, 12);
  const plan = world.apply(byTopology, members, nodes);
  assert.deepEqual([...plan.topology], [['IPv4', undefined]]);
  assert.deepEqual(zonesOf(world).sort(), [...'aaaaaabbbbcc']);
  assert.deepEqual(counts(world.apply(byTopology, members, nodes)), [0, 0, 0]);
  // An endpoint that is not ready has no say.
  const [first, ...others] = members;
  world.apply(byTopology, [pod(0, { ready: false }), ...others], nodes);
  assert.equal(zonesOf(world).filter(zone => zone === undefined).length, 1);
  assert.deepEqual(counts(world.apply(serviceWith(), [first!, ...others], nodes)), [0, 1, 0]);
  assert.ok(zonesOf(world).every(zone => zone === undefined));
});

test('hints by topology need zones, CPUs, and endpoints enough', () => {
  const failure = (members: readonly Pod[], nodes: NodeFacts) =>
    new World().apply(byTopology, members, nodes).topology.get('IPv4');
  const noInfo = 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  assert.equal(failure(pods(0, 9), nodesOf({ a: '1' })), noInfo);
  assert.equal(failure(pods(0, 9), nodesOf({ a: '1', b: '0' })), noInfo);
  const tooFew = 'Insufficient number of endpoints (1 endpoints, 2 zones)';
  assert.equal(failure(pods(0, 1), nodesOf({ a: '1', b: '1' })), tooFew);
  const uneven =
    'Unable to allocate minimum required endpoints to each zone without exceeding overload threshold (3 endpoints, 3 zones)';
  assert.equal(failure(pods(0, 3), nodesOf({ a: '8', b: '1', c: '1' })), uneven);
});
