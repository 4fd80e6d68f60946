import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import { validateObjectMeta } from '#machinery/metadata.ts';
import type { LoadBalancerIngress, Service, ServiceSpec } from '../../generated/types/core.v1.ts';
import { createErrors, created, testContext, updateErrors } from '../../testing.ts';
import { serviceResource } from './definition.ts';
import { patchAllocated } from './update.ts';

const service = (spec: ServiceSpec = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'default' },
  spec: { ports: [{ port: 80 }], ...spec },
});

test('a bare service gets its defaults', () => {
  assert.deepEqual(created(serviceResource, service()).spec, {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
  });
  assert.deepEqual(created(serviceResource, service()).status, { loadBalancer: {} });
  const balanced = created(serviceResource, service({ type: 'LoadBalancer', sessionAffinity: 'ClientIP' }))
    .spec!;
  assert.equal(balanced.externalTrafficPolicy, 'Cluster');
  assert.equal(balanced.allocateLoadBalancerNodePorts, true);
  assert.deepEqual(balanced.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10800 } });
});

const bad: readonly (readonly [name: string, spec: ServiceSpec, errors: readonly string[]])[] = [
  ['no ports', { ports: [] }, ['spec.ports: Required value']],
  [
    'traffic that nobody distributes so',
    { trafficDistribution: 'Far' },
    [
      'spec.trafficDistribution: Unsupported value: "Far": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ],
  [
    'two ports without names',
    { ports: [{ port: 80 }, { port: 81 }] },
    ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  ],
  [
    'the same port twice',
    {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
    [
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    'an unknown type',
    { type: 'Fancy' },
    [
      'spec.type: Unsupported value: "Fancy": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  ['no external name', { type: 'ExternalName' }, ['spec.externalName: Required value']],
  [
    'a node port of a ClusterIP service',
    { ports: [{ port: 80, nodePort: 30080 }] },
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  [
    'a bad address',
    { clusterIP: '10.0.0.300', clusterIPs: ['10.0.0.300'] },
    [
      'spec.clusterIPs[0]: Invalid value: "10.0.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'an external traffic policy within',
    { externalTrafficPolicy: 'Local' },
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
  ],
  [
    'a loopback external address',
    { externalIPs: ['127.0.0.1'], externalTrafficPolicy: 'Cluster' },
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
  ],
];

for (const [name, spec, errors] of bad) {
  test(`refused: ${name}`, () => assert.deepEqual(createErrors(serviceResource, service(spec)), errors));
}

test('a headless service needs no ports', () => {
  assert.deepEqual(
    createErrors(serviceResource, service({ ports: [], clusterIP: 'None', clusterIPs: ['None'] })),
    [],
  );
});

test('an address does not change, but a client may leave it out', () => {
  const old = service({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] });
  const [error] = updateErrors(
    serviceResource,
    old,
    service({ clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] }),
  );
  assert.equal(error, 'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set');
  assert.deepEqual(updateErrors(serviceResource, old, service()), []);
});

test('node ports stay with the names of their ports, and go with the type', () => {
  const port = { name: 'web', port: 80, protocol: 'TCP' };
  const old = service({ type: 'NodePort', ports: [{ ...port, nodePort: 30080 }] });
  const nodePortsAfter = (spec: object) => {
    const updated = service(structuredClone(spec));
    patchAllocated(updated, old);
    return updated.spec?.ports?.map(({ nodePort }) => nodePort);
  };
  assert.deepEqual(nodePortsAfter({ type: 'NodePort', ports: [port] }), [30080]);
  assert.deepEqual(nodePortsAfter({ type: 'NodePort', ports: [{ ...port, port: 8080 }] }), [30080]);
  assert.deepEqual(nodePortsAfter({ type: 'NodePort', ports: [{ ...port, name: 'other' }] }), [undefined]);
  const without = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [port] };
  assert.deepEqual(nodePortsAfter(without), [undefined]);
  const kept = { ...port, nodePort: 30080 };
  assert.deepEqual(nodePortsAfter({ type: 'ClusterIP', ports: [kept] }), [undefined]);
  // Who adds one does not leave them as they were: validation has its say about all of them.
  const added = { name: 'new', port: 81, protocol: 'TCP', nodePort: 30081 };
  assert.deepEqual(nodePortsAfter({ type: 'ClusterIP', ports: [kept, added] }), [30080, 30081]);
});

test('kubectl get services -o wide', () => {
  const object = service({
    type: 'NodePort',
    clusterIPs: ['10.0.0.1'],
    ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
    selector: { app: 'web' },
  });
  assert.deepEqual(serviceResource.row!(object, 0), [
    ...['s', 'NodePort', '10.0.0.1', '<none>', '80:30080/TCP', '<unknown>', 'app=web'],
  ]);
});

test('a name may begin with a digit (KEP-5311)', () => {
  const { nameRule } = serviceResource.strategy;
  const errorsOf = (name: string) =>
    validateObjectMeta({ name, namespace: 'default' }, { namespaced: true, nameRule: nameRule! });
  assert.deepEqual(errorsOf('1-st'), []);
  assert.equal(errorsOf('a.b').length, 1);
});

test('annotations that came before fields', () => {
  const annotated = (annotations: Record<string, string>, spec: ServiceSpec = {}) => {
    const object = service(spec);
    object.metadata.annotations = annotations;
    return createErrors(serviceResource, object);
  };
  const ranges = 'service.beta.kubernetes.io/load-balancer-source-ranges';
  assert.deepEqual(annotated({ [ranges]: '10.0.0.0/8, 192.168.0.0/16' }, { type: 'LoadBalancer' }), []);
  assert.deepEqual(annotated({ [ranges]: ' ' }, { type: 'LoadBalancer' }), []);
  assert.deepEqual(annotated({ [ranges]: '10.0.0.0/8' }), [
    `metadata.annotations[${ranges}]: Forbidden: may only be used when \`type\` is 'LoadBalancer'`,
  ]);
  assert.match(
    annotated({ [ranges]: 'foo' }, { type: 'LoadBalancer' })[0]!,
    /Invalid value: "foo": must be a/,
  );
  assert.match(
    annotated({
      'service.kubernetes.io/topology-mode': 'auto',
      'service.kubernetes.io/topology-aware-hints': 'disabled',
    })[0]!,
    /^metadata\.annotations\[service\.kubernetes\.io\/topology-mode\]: .* when both are specified$/,
  );
});

test('cluster addresses go with their families', () => {
  const errorsOf = (clusterIPs: string[], ipFamilies: string[] = [], more: ServiceSpec = {}) =>
    createErrors(serviceResource, service({ clusterIP: clusterIPs[0]!, clusterIPs, ipFamilies, ...more }));
  assert.deepEqual(errorsOf(['10.0.0.1', 'fd00::1'], ['IPv4', 'IPv6']), []);
  assert.deepEqual(errorsOf(['None', '10.0.0.1']), [
    `spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: 'None' must be the first and only value`,
  ]);
  assert.match(
    errorsOf(['10.0.0.1', 'None'])[0]!,
    /^spec\.clusterIPs\[1\]: Invalid value: "None": must be a valid IP/,
  );
  assert.deepEqual(errorsOf(['10.0.0.1', 'fd00::1'], ['IPv6', 'IPv4']), [
    'spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
    'spec.clusterIPs[1]: Invalid value: "fd00::1": expected an IPv4 value as indicated by `ipFamilies[1]`',
  ]);
});

test('a load balancer has addresses or names', () => {
  const errorsOf = (ingress: LoadBalancerIngress) => {
    const balanced: Service = {
      ...service({ type: 'LoadBalancer' }),
      status: { loadBalancer: { ingress: [ingress] } },
    };
    const { validateStatusUpdate } = serviceResource.strategy;
    return validateStatusUpdate!(balanced, service(), testContext()).map(fieldErrorText);
  };
  const at = 'status.loadBalancer.ingress[0]';
  assert.deepEqual(errorsOf({ ip: '10.0.0.1', ipMode: 'VIP' }), []);
  assert.deepEqual(errorsOf({ hostname: '10.0.0.1' }), [
    `${at}.hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address`,
  ]);
  assert.deepEqual(errorsOf({ ipMode: 'Fancy' }), [
    `${at}.ipMode: Forbidden: may not be specified when \`ip\` is not set`,
  ]);
  assert.deepEqual(errorsOf({ ip: '10.0.0.1', ipMode: '' }), [
    `${at}.ipMode: Unsupported value: "": supported values: "Proxy", "VIP"`,
  ]);
});
