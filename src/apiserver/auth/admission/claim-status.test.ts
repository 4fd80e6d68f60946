import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionRequest } from '../../admission/request.ts';
import type { Attributes, UserInfo } from '../../identity.ts';
import { claimStatusAuthorization } from './claim-status.ts';

const driver = { name: 'system:serviceaccount:kube-system:driver', groups: [] };
const onNode = (node: string): UserInfo => ({
  ...driver,
  extra: { 'authentication.kubernetes.io/node-name': [node] },
});
const results = [{ request: 'r', driver: 'gpu.example', pool: 'p', device: 'd' }];
const allocated = (...nodes: string[]) => ({
  devices: { results },
  nodeSelector: {
    nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: nodes }] }],
  },
});
const allocation = allocated('a');
const device = { driver: 'gpu.example', pool: 'p', device: 'd' };
const other = { ...device, driver: 'nic.example' };
const reservedFor = [{ resource: 'pods', name: 'p', uid: 'u' }];

interface Case {
  readonly now: object;
  readonly old?: object;
  readonly user?: UserInfo;
  readonly verb?: string;
  /** What is allowed, as `verb subresource namespace name`. */
  readonly allowed?: string;
}

/** What was asked, and what the write was refused with. */
async function answerOf({ now, old = {}, user = driver, verb = 'update', allowed }: Case) {
  const asked: string[] = [];
  const plugin = claimStatusAuthorization({
    authorize(attributes: Attributes) {
      const { verb: what, resource, subresource, namespace, name } = attributes;
      assert.equal(resource, 'resourceclaims');
      const line = [what, subresource, namespace, name].join(' ').trim();
      asked.push(line);
      return { decision: line === allowed ? 'allow' : 'none', reason: '' };
    },
  });
  const stored = { group: 'resource.k8s.io', kind: 'ResourceClaim' };
  const what = { group: 'resource.k8s.io', resource: 'resourceclaims' };
  const served = { bucket: 'resource.k8s.io/resourceclaims', stored, what, version: { version: 'v1' } };
  const request = {
    operation: 'UPDATE',
    subresource: 'status',
    served,
    verb,
    user,
    namespace: 'default',
    name: 'c',
    object: { status: now },
    old: { status: old },
  };
  assert.ok(plugin.concerns!(request as unknown as AdmissionRequest));
  let message = '';
  try {
    await plugin.validate!(request as unknown as AdmissionRequest);
  } catch (error) {
    message = (error as Error).message;
  }
  return { asked, message };
}

const binding = 'update binding';
const associated = 'associated-node:update driver default gpu.example';
const arbitrary = 'arbitrary-node:update driver default gpu.example';

const allowedCases: readonly (readonly [string, Case, string[]])[] = [
  ['nothing changes', { now: { allocation, devices: [device] }, old: { allocation, devices: [device] } }, []],
  ['who binds claims allocates them', { now: { allocation }, allowed: binding }, [binding]],
  ['and reserves them', { now: { reservedFor }, allowed: binding }, [binding]],
  [
    'and frees them, whatever drivers report',
    { now: {}, old: { allocation, devices: [device] }, allowed: binding },
    [binding],
  ],
  [
    'a driver reports of the devices of its own node',
    { now: { allocation, devices: [device] }, old: { allocation }, user: onNode('a'), allowed: associated },
    [associated],
  ],
  [
    'or one of any node',
    { now: { allocation, devices: [device] }, old: { allocation }, user: onNode('a'), allowed: arbitrary },
    [associated, arbitrary],
  ],
  [
    'a patch asks for its own verb',
    {
      now: { allocation, devices: [device] },
      old: { allocation },
      user: onNode('a'),
      verb: 'patch',
      allowed: 'associated-node:patch driver default gpu.example',
    },
    ['associated-node:patch driver default gpu.example'],
  ],
];
for (const [name, one, asked] of allowedCases) {
  test(name, async () => assert.deepEqual(await answerOf(one), { asked, message: '' }));
}

const reports = { now: { allocation, devices: [device] }, old: { allocation } };
const refusedCases: readonly (readonly [string, Case, string[]])[] = [
  ['a driver of another node', { ...reports, user: onNode('b'), allowed: associated }, [arbitrary]],
  ['who is of no node', { ...reports, allowed: associated }, [arbitrary]],
  [
    'a node itself',
    { ...reports, user: { ...onNode('a'), name: 'system:node:a' }, allowed: associated },
    [arbitrary],
  ],
  [
    'a driver of a claim for two nodes',
    {
      now: { allocation: allocated('a', 'b'), devices: [device] },
      old: { allocation: allocated('a', 'b') },
      user: onNode('a'),
      allowed: associated,
    },
    [arbitrary],
  ],
  [
    'a driver that drops the report of another',
    {
      now: { allocation, devices: [device] },
      old: { allocation, devices: [device, other] },
      allowed: arbitrary,
    },
    ['arbitrary-node:update driver default nic.example'],
  ],
  ['who may bind nothing', { now: { allocation } }, [binding]],
];
for (const [name, one, asked] of refusedCases) {
  test(`refused: ${name}`, async () => {
    const answer = await answerOf(one);
    assert.deepEqual(answer.asked, asked);
    assert.match(answer.message, /^ResourceClaim\.resource\.k8s\.io "c" is invalid: status/);
  });
}

test('the refusals are in upstream’s words', async () => {
  const { message } = await answerOf({ now: { allocation, devices: [device] }, user: onNode('a') });
  assert.equal(
    message,
    'ResourceClaim.resource.k8s.io "c" is invalid: [' +
      'status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="update" permission: ' +
      'resourceclaims.resource.k8s.io is forbidden: User "system:serviceaccount:kube-system:driver" cannot update resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope, ' +
      'status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[associated-node:update arbitrary-node:update]" permission: ' +
      'resourceclaims.resource.k8s.io "gpu.example" is forbidden: User "system:serviceaccount:kube-system:driver" cannot associated-node:update resource "resourceclaims/driver" in API group "resource.k8s.io" in the namespace "default"]',
  );
});
