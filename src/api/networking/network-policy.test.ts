import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkPolicy, NetworkPolicySpec } from '../generated/types/networking.v1.ts';
import { createErrors, createWarnings, created } from '../testing.ts';
import { networkPolicyResource } from './network-policy.ts';

const policy = (spec: Partial<NetworkPolicySpec> = {}): NetworkPolicy => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'default' },
  spec: { podSelector: {}, ...spec },
});

test('directions follow from the rules', () => {
  assert.deepEqual(created(networkPolicyResource, policy()).spec?.policyTypes, ['Ingress']);
  const both = created(networkPolicyResource, policy({ egress: [{ ports: [{ port: 53 }] }] })).spec;
  assert.deepEqual(both?.policyTypes, ['Ingress', 'Egress']);
  assert.equal(both?.egress?.[0]?.ports?.[0]?.protocol, 'TCP');
});

test('peers and blocks', () => {
  const errors = createErrors(
    networkPolicyResource,
    policy({ ingress: [{ from: [{}, { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/8'] } }] }] }),
  );
  assert.deepEqual(errors, [
    'spec.ingress[0].from[0]: Required value: must specify a peer',
    'spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "11.0.0.0/8": must be a strict subset of `cidr`',
  ]);
});

test('a range of ports starts at a number', () => {
  assert.deepEqual(
    createErrors(networkPolicyResource, policy({ ingress: [{ ports: [{ port: 'http', endPort: 9 }] }] })),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 9: may not be specified when `port` is non-numeric'],
  );
  assert.deepEqual(
    createErrors(networkPolicyResource, policy({ ingress: [{ ports: [{ port: 1, endPort: 70_000 }] }] })),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  );
  assert.deepEqual(
    createErrors(networkPolicyResource, policy({ ingress: [{ ports: [{ port: 8, endPort: 7 }] }] })),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 8: must be greater than or equal to `port`'],
  );
});

test('what there is to choose from is told in its order', () => {
  const odd = policy({ ingress: [{ ports: [{ protocol: 'IP' }] }], policyTypes: ['Sideways'] });
  assert.deepEqual(createErrors(networkPolicyResource, odd), [
    'spec.ingress[0].ports[0].protocol: Unsupported value: "IP": supported values: "TCP", "UDP", "SCTP"',
    'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
  ]);
});

test('networks that are not canonical are warned of', () => {
  const ipBlock = { cidr: '2001:DB8::/32', except: ['2001:DB8:1::/48'] };
  const warning = (at: string, text: string) =>
    `spec.${at}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${text.toLowerCase()}")`;
  const rules = {
    ingress: [{ from: [{ ipBlock }] }],
    egress: [{ to: [{ ipBlock: { cidr: ipBlock.cidr } }] }],
  };
  assert.deepEqual(createWarnings(networkPolicyResource, policy(rules)), [
    warning('ingress[0].from[0].ipBlock.cidr', '2001:DB8::/32'),
    warning('ingress[0].from[0].ipBlock.except[0]', '2001:DB8:1::/48'),
    warning('egress[0].to[0].ipBlock.cidr', '2001:DB8::/32'),
  ]);
});
