import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../generated/types/core.v1.ts';
import { created, createErrors, createWarnings, testContext, updateErrors } from '../testing.ts';
import { nodeResource } from './node.ts';

const node = (more: Partial<Node> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  ...more,
});

test('podCIDR wins over podCIDRs that do not begin with it', () => {
  const shown = (podCIDR: string, podCIDRs: string[]) =>
    created(nodeResource, node({ spec: { podCIDR, podCIDRs } })).spec;
  const cidr = '10.1.0.0/24';
  assert.deepEqual(shown(cidr, ['10.2.0.0/24', 'fd00::/64']), { podCIDR: cidr, podCIDRs: [cidr] });
  assert.deepEqual(shown(cidr, [cidr, 'fd00::/64']), { podCIDR: cidr, podCIDRs: [cidr, 'fd00::/64'] });
});

test('kubectl get nodes -o wide', () => {
  const object = node({
    metadata: {
      name: 'n1',
      labels: { 'node-role.kubernetes.io/control-plane': '', 'kubernetes.io/role': 'x' },
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    },
  });
  assert.deepEqual(nodeResource.row!(object, 0), [
    ...['n1', 'Ready,SchedulingDisabled', 'control-plane,x', '<unknown>', '', '10.0.0.1', '<none>'],
    ...['<unknown>', '<unknown>', '<unknown>'],
  ]);
  assert.equal(nodeResource.row!(node(), 0)[1], 'Unknown');
});

test('taints are valid and unique by key and effect', () => {
  const taints = [
    { key: 'a', effect: 'NoSchedule' },
    { key: 'a', effect: 'NoSchedule' },
    { key: 'b', effect: 'Never' },
  ];
  assert.deepEqual(createErrors(nodeResource, node({ spec: { taints } })), [
    'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  ]);
});

test('a pod range is set once', () => {
  const old = node({ spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] } });
  assert.deepEqual(updateErrors(nodeResource, node(), old), []);
  assert.deepEqual(updateErrors(nodeResource, old, node({ spec: { podCIDRs: ['10.2.0.0/24'] } })), [
    'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
  ]);
});

test('an old id stays as it was', () => {
  const named = (externalID: string) => node({ spec: { externalID } });
  assert.deepEqual(updateErrors(nodeResource, named('a'), named('a')), []);
  assert.deepEqual(updateErrors(nodeResource, named('a'), node()), [
    'spec.externalID: Forbidden: may not be updated',
  ]);
});

test('a configuration is reported only where it was before', () => {
  const configured = () => node({ status: { config: { error: 'e' } } });
  const report = (old: Node) => {
    const now = configured();
    nodeResource.strategy.prepareForStatusUpdate!(now, old, testContext());
    return now.status;
  };
  assert.deepEqual(report(node()), {});
  assert.deepEqual(report(configured()), { config: { error: 'e' } });
});

test('what has no meaning any more is warned of', () => {
  const spec = { configSource: {}, externalID: 'x', podCIDRs: ['2001:DB8::/64'] };
  assert.equal(created(nodeResource, node({ spec })).spec?.configSource, undefined);
  assert.deepEqual(createWarnings(nodeResource, node({ spec })), [
    'spec.externalID: this field is deprecated, and is unused by Kubernetes',
    'spec.podCIDRs[0]: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
  ]);
});

test('features are told in order, each once', () => {
  const at = 'status.declaredFeatures';
  const told = (...declaredFeatures: string[]) =>
    createErrors(nodeResource, node({ status: { declaredFeatures } }));
  assert.deepEqual(told('A', 'B/c'), []);
  assert.deepEqual(told('B', 'A', 'A'), [
    `${at}[1]: Invalid value: "A": list must be sorted alphabetically`,
    `${at}[2]: Duplicate value: "A"`,
  ]);
  assert.match(
    told('a')[0]!,
    /^status\.declaredFeatures\[0\]: Invalid value: "a": invalid feature name "a": must start/,
  );
});

test('swap is of a size', () => {
  const nodeInfo = { swap: { capacity: 0 } } as NonNullable<Node['status']>['nodeInfo'];
  assert.deepEqual(createErrors(nodeResource, node({ status: { nodeInfo: nodeInfo! } })), [
    'metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero',
  ]);
});
