import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../types.ts';
import { admit } from './admission.ts';

const node: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n', labels: { disk: 'ssd' } },
  status: {
    allocatable: { cpu: '2', memory: '1Gi', pods: '2' },
    nodeInfo: { operatingSystem: 'linux' } as NonNullable<NonNullable<Node['status']>['nodeInfo']>,
  },
};

const pod = (spec: Partial<NonNullable<Pod['spec']>>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'main' }], ...spec },
});

function verdict(spec: Parameters<typeof pod>[0], others: Pod[] = [], appArmor = false): string {
  const rejection = admit(pod(spec), { others, node, appArmor, pressures: [] });
  return rejection ? `${rejection.reason}: ${rejection.message}` : 'admitted';
}

const sysctls = (name: string, more = {}) => ({
  securityContext: { sysctls: [{ name, value: '1' }] },
  ...more,
});

test('lets pods set the safe sysctls of their own namespaces alone', () => {
  assert.equal(verdict(sysctls('kernel.shm_rmid_forced')), 'admitted');
  assert.equal(verdict(sysctls('net/ipv4/tcp_syncookies')), 'admitted');
  assert.equal(
    verdict(sysctls('kernel.msgmax')),
    'SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowlisted',
  );
  assert.equal(
    verdict(sysctls('net.ipv4.tcp_syncookies', { hostNetwork: true })),
    'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
  );
  assert.match(verdict(sysctls('kernel.shm_rmid_forced', { hostIPC: true })), /host ipc enabled$/);
});

test('refuses what it cannot enforce', () => {
  assert.match(verdict({ os: { name: 'windows' } }), /^PodOSNotSupported: /);
  assert.match(
    verdict({ securityContext: { supplementalGroupsPolicy: 'Strict' } }),
    /^SupplementalGroupsPolicyNotSupported: /,
  );
  const profile = { securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } };
  assert.match(verdict(profile), /^AppArmor: Cannot enforce AppArmor/);
  assert.equal(verdict(profile, [], true), 'admitted');
});

test('refuses a host port that is taken', () => {
  const on = (hostIP: string, hostPort = 80) => ({
    containers: [{ name: 'main', ports: [{ containerPort: 80, hostPort, hostIP }] }],
  });
  const taken =
    "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
  assert.equal(verdict(on('10.0.0.1'), [pod(on('10.0.0.2'))]), 'admitted');
  assert.equal(verdict(on('10.0.0.1'), [pod(on('', 81))]), 'admitted');
  assert.equal(verdict(on('10.0.0.1'), [pod(on(''))]), taken);
  assert.equal(verdict(on(''), [pod(on('10.0.0.2'))]), taken);
});

test('refuses what does not fit or is not meant for the node', () => {
  const cpu = (cpu: string) => ({ containers: [{ name: 'main', resources: { requests: { cpu } } }] });
  assert.equal(verdict(cpu('1500m'), [pod(cpu('500m'))]), 'admitted');
  assert.equal(
    verdict(cpu('1500m'), [pod(cpu('501m'))]),
    "OutOfcpu: Node didn't have enough resource: cpu, requested: 1500, used: 501, capacity: 2000",
  );
  assert.match(verdict({}, [pod({}), pod({})]), /^OutOfpods: /);
  assert.match(verdict({ nodeSelector: { disk: 'hdd' } }), /^NodeAffinity: Predicate NodeAffinity failed: /);
});
