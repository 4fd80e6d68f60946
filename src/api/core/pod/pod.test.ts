import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Container,
  Pod,
  PodSpec,
  PodTemplate,
  ResourceRequirements,
} from '../../generated/types/core.v1.ts';
import { createErrors, created, testContext, updateErrors } from '../../testing.ts';
import { podTemplateResource } from '../pod-template.ts';
import { podResource } from './definition.ts';

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', image: 'nginx:1.27', ...more });
const pod = (spec: Partial<PodSpec> = {}, more: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec: { containers: [container()], ...spec },
  ...more,
});

test('a bare pod gets the defaults that upstream writes', () => {
  assert.deepEqual(created(podResource, pod()), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'nginx:1.27',
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  });
});

test("a negative grace period is one second, but a template's stays as it is", () => {
  const spec = { ...pod().spec!, terminationGracePeriodSeconds: -1 };
  assert.equal(created(podResource, pod(spec)).spec!.terminationGracePeriodSeconds, 1);
  const template: PodTemplate = {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 't', namespace: 'default' },
    template: { spec },
  };
  const kept = created(podTemplateResource, template) as PodTemplate;
  assert.equal(kept.template!.spec!.terminationGracePeriodSeconds, -1);
});

test('defaults are idempotent', () => {
  const once = created(
    podResource,
    pod({ volumes: [{ name: 'v', projected: { sources: [{ downwardAPI: {} }] } }] }),
  );
  const twice = structuredClone(once);
  podResource.strategy.setDefaults?.(twice);
  assert.deepEqual(twice, once);
});

for (const [image, policy] of [
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['localhost:5000/nginx', 'Always'],
  ['localhost:5000/nginx:v1', 'IfNotPresent'],
  [`nginx@sha256:${'0'.repeat(64)}`, 'IfNotPresent'],
  [`nginx:latest@sha256:${'0'.repeat(64)}`, 'Always'],
  ['Nginx', 'IfNotPresent'],
  ['a b', 'IfNotPresent'],
  ['', 'IfNotPresent'],
] as const) {
  test(`image ${image} is pulled ${policy}`, () => {
    const made = created(podResource, pod({ containers: [container({ image })] }));
    assert.equal(made.spec?.containers[0]?.imagePullPolicy, policy);
  });
}

test('probes, volumes and resources are defaulted', () => {
  const { spec } = created(
    podResource,
    pod({
      hostNetwork: true,
      containers: [
        container({
          readinessProbe: { httpGet: { port: 80 } },
          ports: [{ containerPort: 80 }],
          resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
          env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        }),
      ],
      volumes: [
        { name: 'a' },
        { name: 'b', secret: { secretName: 's' } },
        { name: 'c', hostPath: { path: '/x' } },
        { name: 'd', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      ],
    }),
  );
  const made = spec!.containers[0]!;
  assert.deepEqual(made.readinessProbe, {
    httpGet: { port: 80, path: '/', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.deepEqual(made.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  assert.deepEqual(made.resources?.requests, { cpu: '500m', memory: '1Gi' });
  assert.equal(made.env?.[0]?.valueFrom?.fieldRef?.apiVersion, 'v1');
  assert.deepEqual(spec!.volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
    { name: 'c', hostPath: { path: '/x', type: '' } },
    {
      name: 'd',
      projected: {
        defaultMode: 420,
        sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }],
      },
    },
  ]);
});

const qualities: readonly (readonly [name: string, resources: ResourceRequirements, qos: string])[] = [
  ['nothing asked', {}, 'BestEffort'],
  ['limits of both', { limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  [
    'equal amounts',
    { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } },
    'Guaranteed',
  ],
  ['lower requests', { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1m' } }, 'Burstable'],
  ['one resource', { requests: { cpu: '1m' } }, 'Burstable'],
];

for (const [name, resources, qos] of qualities) {
  test(`quality of service: ${name} is ${qos}`, () => {
    const made = created(podResource, pod({ containers: [container({ resources })] }));
    assert.equal(made.status?.qosClass, qos);
  });
}

const bad: readonly (readonly [name: string, spec: Partial<PodSpec>, errors: readonly string[]])[] = [
  ['no containers', { containers: [] }, ['spec.containers: Required value']],
  [
    'no name and no image',
    { containers: [{ name: '' }] },
    ['spec.containers[0].name: Required value', 'spec.containers[0].image: Required value'],
  ],
  [
    'a name in capitals',
    { containers: [container({ name: 'Web' })] },
    [
      `spec.containers[0].name: Invalid value: "Web": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ],
  [
    'the same name twice',
    { containers: [container(), container()] },
    ['spec.containers[1].name: Duplicate value: "c"'],
  ],
  [
    'an unknown restart policy',
    { restartPolicy: 'Sometimes' },
    ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'a mount of no volume',
    { containers: [container({ volumeMounts: [{ name: 'v', mountPath: '/v' }] })] },
    ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  ],
  [
    'a request above the limit',
    { containers: [container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } })] },
    [
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ],
  ],
  [
    'a negative amount',
    { containers: [container({ resources: { requests: { memory: '-1' } } })] },
    [
      'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    'an unknown resource',
    { containers: [container({ resources: { requests: { gold: '1' } } })] },
    [
      'spec.containers[0].resources.requests[gold]: Invalid value: "gold": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[gold]: Invalid value: "gold": must be a standard resource for containers',
    ],
  ],
  [
    'a probe without a handler',
    { containers: [container({ livenessProbe: {} })] },
    ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  ],
  [
    'a port out of range',
    { containers: [container({ ports: [{ containerPort: 70000 }] })] },
    [
      'spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'two volumes of a name, one of two types',
    { volumes: [{ name: 'v' }, { name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
    [
      'spec.volumes[1].hostPath: Forbidden: may not specify more than 1 volume type',
      'spec.volumes[1].name: Duplicate value: "v"',
    ],
  ],
  [
    'a toleration of everything without Exists',
    { tolerations: [{}] },
    [
      'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
  ],
  [
    'an affinity without terms',
    {
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } },
      },
    },
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
    ],
  ],
  [
    'a probe of an init container',
    { initContainers: [container({ name: 'i', readinessProbe: { exec: { command: ['a'] } } })] },
    [
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'DNS of its own without servers',
    { dnsPolicy: 'None' },
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
];

for (const [name, spec, errors] of bad) {
  test(`refused: ${name}`, () => assert.deepEqual(createErrors(podResource, pod(spec)), errors));
}

test('a rich pod is accepted', () => {
  const errors = createErrors(
    podResource,
    pod({
      containers: [
        container({
          envFrom: [{ configMapRef: { name: 'c' } }],
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          resources: { limits: { 'example.com/gpu': '1', 'hugepages-2Mi': '4Mi', memory: '1Gi' } },
          volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'a/b' }],
          securityContext: { runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
        }),
      ],
      volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: 'p/q' }] } }],
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { a: 'b' } },
        },
      ],
    }),
  );
  assert.deepEqual(errors, []);
});

test('an update may change images and add tolerations', () => {
  const next = pod({
    containers: [container({ image: 'nginx:1.28' })],
    tolerations: [{ operator: 'Exists' }],
  });
  next.spec!.containers[0]!.imagePullPolicy = 'IfNotPresent';
  assert.deepEqual(updateErrors(podResource, pod(), next), []);
});

test('an update keeps the tolerations that are there, and may change for how long', () => {
  const base = { key: 'k', operator: 'Exists', effect: 'NoExecute' };
  const errors = (tolerations: object[]) =>
    updateErrors(
      podResource,
      pod({ tolerations: [{ ...base, tolerationSeconds: 1 }] }),
      pod({ tolerations }),
    );
  assert.deepEqual(errors([{ ...base, tolerationSeconds: 2 }]), []);
  assert.deepEqual(errors([{ operator: 'Exists' }, base]), []);
  for (const changed of [[], [{ ...base, key: 'other' }], [{ ...base, effect: 'NoSchedule' }]]) {
    assert.deepEqual(errors(changed), [
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  }
});

test('an update may change nothing else', () => {
  const [error] = updateErrors(podResource, pod(), pod({ hostname: 'other' }));
  assert.match(
    error!,
    /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,/,
  );
  assert.match(error!, /\n- "Hostname": "",\n\+ "Hostname": "other",\n {2}"Subdomain": "",\n/);
  assert.deepEqual(
    updateErrors(podResource, pod(), pod({ containers: [container(), container({ name: 'd' })] })),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  );
});

test('a container that ended for good stays ended', () => {
  const old = created(podResource, pod({ restartPolicy: 'Never' }));
  const ended = {
    ...old,
    status: { ...old.status, containerStatuses: [status({ terminated: { exitCode: 1 } })] },
  };
  const revived = { ...old, status: { ...old.status, containerStatuses: [status({ running: {} })] } };
  const errors = podResource.strategy.validateStatusUpdate!(revived, ended, testContext());
  assert.deepEqual(
    errors.map(e => `${e.field}: ${e.message}`),
    ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
  );
});

function status(state: object) {
  return { name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state };
}

test('kubectl get pods -o wide', () => {
  const running = {
    ...status({ running: {} }),
    ready: true,
    restartCount: 2,
    lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' } },
  };
  const object = pod(
    { nodeName: 'n1' },
    {
      metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z' },
      status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], containerStatuses: [running] },
    },
  );
  const nowMs = Date.parse('2026-01-01T00:05:10Z');
  assert.deepEqual(podResource.row!(object, nowMs), [
    ...['p', '1/1', 'Running', '2 (5m10s ago)', '5m10s', '10.0.0.1', 'n1', '<none>', '<none>'],
  ]);
  const crashing = { ...status({ waiting: { reason: 'CrashLoopBackOff' } }), restartCount: 3 };
  const broken = { ...object, status: { phase: 'Running', containerStatuses: [crashing] } };
  assert.deepEqual(podResource.row!(broken, nowMs).slice(1, 4), ['0/1', 'CrashLoopBackOff', '3']);
  const leaving = { ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:05:00Z' } };
  assert.equal(podResource.row!(leaving, nowMs)[2], 'Terminating');
  const conditions = (phase: string) => podResource.rowConditions!({ ...object, status: { phase } } as Pod);
  assert.deepEqual(
    ['Running', 'Succeeded', 'Failed', 'toString'].map(phase => conditions(phase).map(one => one.reason)),
    [[], ['Succeeded'], ['Failed'], []],
  );
});

test('likely mistakes are warned of', () => {
  const context = testContext();
  const object = pod({
    nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
    containers: [
      container({
        env: [{ name: 'A' }, { name: 'A' }],
        ports: [{ containerPort: 80 }, { containerPort: 80, name: 'again' }],
      }),
    ],
  });
  object.metadata.name = 'a.b';
  assert.deepEqual(podResource.strategy.validate!(created(podResource, object), context), []);
  assert.deepEqual(context.warnings, [
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
  ]);
  const refused = testContext();
  object.spec!.restartPolicy = 'Sometimes';
  assert.equal(podResource.strategy.validate!(created(podResource, object), refused).length, 1);
  assert.deepEqual(refused.warnings, []);
});

test('a resize changes cpu and memory, and not the quality of service', () => {
  const sized = (requests: Record<string, string>, more: Partial<Container> = {}) =>
    created(podResource, pod({ containers: [container({ resources: { requests }, ...more })] }));
  const resize = (now: Pod, old: Pod) =>
    podResource.strategy.validateUpdate!(now, old, { ...testContext(), subresource: 'resize' }).map(
      e => `${e.field}: ${e.message}`,
    );
  assert.deepEqual(resize(sized({ cpu: '2' }), sized({ cpu: '1' })), []);
  assert.deepEqual(resize(sized({}), sized({ cpu: '1' })), [
    'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
  ]);
  assert.deepEqual(resize(sized({ cpu: '1' }, { image: 'other:1' }), sized({ cpu: '1' })), [
    'spec: Forbidden: only cpu and memory resources are mutable',
  ]);
});

test('ephemeral containers are added, never changed', () => {
  const withDebug = (image: string) => {
    const object = created(podResource, pod());
    object.spec!.ephemeralContainers = [{ name: 'debug', image }];
    return object;
  };
  const context = { ...testContext(), subresource: 'ephemeralcontainers' };
  const validate = podResource.strategy.validateUpdate!;
  assert.deepEqual(validate(withDebug('a'), created(podResource, pod()), context), []);
  assert.match(
    validate(withDebug('b'), withDebug('a'), context)[0]!.message,
    /^Forbidden: existing ephemeral containers "debug" may not be changed\n@@ -1,6 \+1,6 @@\n \{\n {2}"Name": "debug",\n- "Image": "a",\n\+ "Image": "b",\n/,
  );
});

test('a pod that asks for nothing as a whole is of the least quality, whatever its containers ask for', () => {
  const asking = { containers: [container({ resources: { requests: { cpu: '1' } } })] };
  assert.equal(created(podResource, pod(asking)).status?.qosClass, 'Burstable');
  assert.equal(created(podResource, pod({ ...asking, resources: {} })).status?.qosClass, 'BestEffort');
});

test('tolerations that an update adds are told of twice', () => {
  const before = pod();
  const after = pod({ tolerations: [{ key: 'A b', operator: 'Exists' }] });
  const errors = updateErrors(podResource, before, after);
  assert.equal(errors.filter(error => error.startsWith('spec.tolerations[0].key: Invalid value')).length, 2);
});

test('podIP wins over podIPs that do not begin with it, and is the first of them', () => {
  const addresses = (status: Pod['status']) => {
    const made: Pod = { ...pod({ containers: [container({})] }), status };
    podResource.strategy.setDefaults!(made);
    return [made.status?.podIP, made.status?.podIPs?.map(({ ip }) => ip)];
  };
  assert.deepEqual(addresses({ podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.2' }, { ip: 'fd00::1' }] }), [
    '10.0.0.1',
    ['10.0.0.1'],
  ]);
  assert.deepEqual(addresses({ podIP: '10.0.0.1' }), ['10.0.0.1', ['10.0.0.1']]);
  assert.deepEqual(addresses({ podIPs: [{ ip: '10.0.0.2' }, { ip: 'fd00::1' }] }), [
    '10.0.0.2',
    ['10.0.0.2', 'fd00::1'],
  ]);
});
