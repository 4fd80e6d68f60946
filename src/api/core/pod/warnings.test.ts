import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec, VolumeProjection } from '../../generated/types/core.v1.ts';
import { createWarnings } from '../../testing.ts';
import { podResource } from './definition.ts';
import { podStatusWarnings } from './warnings.ts';

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', image: 'nginx:1.27', ...more });
const pod = (spec: Partial<PodSpec>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [container()], ...spec },
});
const items = (...paths: string[]) => paths.map((path, i) => ({ key: `k${i}`, path }));
const fields = (...paths: string[]) =>
  paths.map(path => ({ path, fieldRef: { fieldPath: 'metadata.name' } }));
const projected = (...sources: VolumeProjection[]) => ({ volumes: [{ name: 'v', projected: { sources } }] });

const expression = { key: 'x', operator: 'In', values: ['-1'] };
const preference = { weight: 1, preference: { matchExpressions: [expression] } };
const labelRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const rows: readonly (readonly [name: string, spec: Partial<PodSpec>, warnings: readonly string[]])[] = [
  [
    'a volume that is off by default',
    { volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
    ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
  ],
  [
    'one path twice, and a folder of it',
    { volumes: [{ name: 'v', configMap: { name: 'm', items: items('a', 'b/c', 'b/', 'a1') } }] },
    ['volume "v" (ConfigMap "m"): overlapping paths: "b" with "b/c"'],
  ],
  [
    'a secret and the downward API',
    {
      volumes: [
        { name: 'v', secret: { secretName: 's', items: items('a', 'a/b') } },
        { name: 'w', downwardAPI: { items: fields('a', 'a') } },
      ],
    },
    [
      'volume "v" (Secret "s"): overlapping paths: "a/b" with "a"',
      'volume "w" (DownwardAPI): overlapping paths: "a" with "a"',
    ],
  ],
  [
    'sources that write into each other',
    {
      serviceAccountName: 'a',
      ...projected(
        { configMap: { name: 'm', items: items('t/f') } },
        { serviceAccountToken: { path: 't' } },
        { secret: { name: 's' } },
        { downwardAPI: { items: fields('t/g') } },
      ),
    },
    [
      'volume "v" (Projected): overlapping paths: "t" (ServiceAccountToken) with "t/f" (ConfigMap "m")',
      'volume "v" (Projected): overlapping paths: "t/g" (DownwardAPI) with "t" (ServiceAccountToken)',
    ],
  ],
  ['a projection of nothing', projected({}), ['volume "v" (Projected) has no sources provided']],
  [
    'a preference for a value that no label has',
    { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [preference] } } },
    [
      `spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: -1 is invalid, ${labelRule}`,
    ],
  ],
  [
    'a name of two ports, one of them of a sidecar',
    {
      initContainers: [
        container({ name: 'once', ports: [{ containerPort: 1, name: 'web' }] }),
        container({ name: 'side', restartPolicy: 'Always', ports: [{ containerPort: 2, name: 'web' }] }),
      ],
      containers: [container({ ports: [{ containerPort: 3, name: 'web' }] })],
    },
    [
      'spec.containers[0].ports[0]: duplicate port name "web" with spec.initContainers[1].ports[0], services and probes that select ports by name will use spec.initContainers[1].ports[0]',
    ],
  ],
  [
    'addresses that are not canonical',
    { dnsConfig: { nameservers: ['2001:DB8::1'] }, hostAliases: [{ ip: '2001:DB8::2' }] },
    [
      'spec.dnsConfig.nameservers[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
      'spec.hostAliases[0].ip: IPv6 address "2001:DB8::2" should be in RFC 5952 canonical format ("2001:db8::2")',
    ],
  ],
];

for (const [name, spec, warnings] of rows) {
  test(`a pod is warned of ${name}`, () => {
    assert.deepEqual(createWarnings(podResource, pod(spec)), warnings);
  });
}

test('addresses of a pod’s status are warned of', () => {
  const status = { podIPs: [{ ip: '10.0.0.1' }, { ip: '2001:DB8::1' }], hostIPs: [{ ip: '2001:DB8::2' }] };
  assert.deepEqual(podStatusWarnings({ ...pod({}), status }), [
    'status.podIPs[1].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    'status.hostIPs[0].ip: IPv6 address "2001:DB8::2" should be in RFC 5952 canonical format ("2001:db8::2")',
  ]);
});

test('who repeats something thousands of times is warned, but not of each pair', () => {
  const many = <T>(one: T) => Array.from({ length: 10_000 }, () => one);
  const ports = createWarnings(
    podResource,
    pod({ containers: [container({ ports: many({ containerPort: 80 }) })] }),
  );
  assert.equal(
    ports[0],
    'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
  );
  assert.ok(ports.length < 200_000);
  const volumes = [{ name: 'v', configMap: { name: 'm', items: many({ key: 'k', path: 'a' }) } }];
  const paths = createWarnings(podResource, pod({ volumes }));
  assert.equal(paths[0], 'volume "v" (ConfigMap "m"): overlapping paths: "a" with "a"');
  assert.ok(paths.length < 200_000);
});
