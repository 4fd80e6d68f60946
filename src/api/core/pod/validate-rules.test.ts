import assert from 'node:assert/strict';
import test from 'node:test';
import type {
  Container,
  EphemeralContainer,
  NodeSelectorTerm,
  Pod,
  PodSpec,
} from '../../generated/types/core.v1.ts';
import { FieldPath } from '#machinery/field.ts';
import { createErrors, created, testContext, updateErrors } from '../../testing.ts';
import { podResource } from './definition.ts';
import { validatePodTemplate } from './validate-spec.ts';

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', image: 'i:1', ...more });
const pod = (spec: Partial<PodSpec> = {}, annotations?: Record<string, string>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', ...(annotations ? { annotations } : {}) },
  spec: { containers: [container()], ...spec },
});
const errorsOf = (spec: Partial<PodSpec>, annotations?: Record<string, string>) =>
  createErrors(podResource, pod(spec, annotations));
const ofContainer = (more: Partial<Container>, spec: Partial<PodSpec> = {}) =>
  errorsOf({ ...spec, containers: [container(more)] });

test('profiles agree with the annotations that came before them', () => {
  const annotations = {
    'container.apparmor.security.beta.kubernetes.io/c': 'localhost/a',
    'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
  };
  const fields = (appArmor: string, seccomp: string): Partial<PodSpec> => ({
    securityContext: {
      appArmorProfile: { type: 'Localhost', localhostProfile: appArmor },
      seccompProfile: { type: seccomp },
    },
  });
  assert.deepEqual(errorsOf(fields('a', 'RuntimeDefault'), annotations), []);
  assert.deepEqual(errorsOf(fields('b', 'Unconfined'), annotations), [
    'spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match',
  ]);
  const own = { ...fields('b', 'RuntimeDefault').securityContext };
  assert.deepEqual(errorsOf({ containers: [{ name: 'c', image: 'i', securityContext: own }] }, annotations), [
    'spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match',
  ]);
  assert.deepEqual(
    errorsOf(
      {},
      {
        'container.apparmor.security.beta.kubernetes.io/c': 'none',
        'seccomp.security.alpha.kubernetes.io/pod': 'localhost/../a',
      },
    ),
    [
      `metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "../a": must not contain '..'`,
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: Invalid value: "none": invalid AppArmor profile name: "none"',
    ],
  );
  assert.deepEqual(
    errorsOf({ securityContext: { appArmorProfile: { type: 'Localhost', localhostProfile: ' ' } } }),
    [
      'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: " ": must not be padded with whitespace',
    ],
  );
});

test('devices and mounts do not share names or paths', () => {
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'v' } }];
  assert.deepEqual(
    ofContainer(
      {
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        volumeDevices: [{ name: 'v', devicePath: '/v' }],
      },
      { volumes },
    ),
    [
      'spec.containers[0].volumeMounts[0].name: Invalid value: "v": must not already exist in volumeDevices',
      'spec.containers[0].volumeMounts[0].mountPath: Invalid value: "/v": must not already exist as a path in volumeDevices',
      'spec.containers[0].volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts',
      'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/v": must not already exist as a path in volumeMounts',
    ],
  );
});

test('rules of restarts say when, beside a policy', () => {
  const rule = { action: 'Restart', exitCodes: { operator: 'In', values: [42] } };
  const at = 'spec.containers[0].restartPolicy';
  assert.deepEqual(ofContainer({ restartPolicy: 'Never', restartPolicyRules: [rule] }), []);
  assert.deepEqual(ofContainer({ restartPolicyRules: [rule] }), [
    `${at}: Required value: must specify restartPolicy when restart rules are used`,
  ]);
  assert.deepEqual(
    ofContainer({
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Wait', exitCodes: { operator: 'Is' } }, { action: 'Restart' }],
    }),
    [
      `${at}Rules[0].action: Unsupported value: "Wait": supported values: "Restart", "RestartAllContainers"`,
      `${at}Rules[0].exitCodes.operator: Unsupported value: "Is": supported values: "In", "NotIn"`,
      `${at}Rules[1].exitCodes: Required value: must be specified`,
    ],
  );
});

test('a variable of a file names all three', () => {
  const env = [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'V', path: '../a', key: '' } } }];
  const at = 'spec.containers[0].env[0].valueFrom.fileKeyRef';
  const errors = ofContainer({ env });
  assert.deepEqual(
    errors.map(text => text.split(': ')[0]),
    ['key', 'volumeName', 'path', 'volumeName'].map(name => `${at}.${name}`),
  );
});

test('what is set to nothing is not left out', () => {
  assert.match(errorsOf({ runtimeClassName: '' })[0]!, /^spec\.runtimeClassName: Invalid value: ""/);
  assert.deepEqual(errorsOf({ preemptionPolicy: '' }), ['spec.preemptionPolicy: Required value']);
  assert.match(
    errorsOf({ resourceClaims: [{ name: 'a', resourceClaimName: '' }] })[0]!,
    /^spec\.resourceClaims\[0\]\.resourceClaimName: Invalid value: ""/,
  );
});

test('overhead is a limit', () => {
  assert.deepEqual(errorsOf({ overhead: { storage: '1' } }), [
    'spec.overhead.limits[storage]: Invalid value: "storage": must be a standard resource for containers',
  ]);
});

test('spreading', () => {
  const spread = (more: object) =>
    errorsOf({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', ...more },
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
      ],
    });
  const at = 'spec.topologySpreadConstraints[0]';
  assert.deepEqual(spread({ minDomains: 0 }), [
    `${at}.minDomains: Invalid value: 0: must be greater than zero`,
    `${at}.minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway`,
  ]);
  assert.deepEqual(spread({ whenUnsatisfiable: 'DoNotSchedule' }), [
    `${at}.{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"`,
  ]);
});

test('a container that looks into a pod has no probe, be it empty', () => {
  const object = created(podResource, pod());
  const debug: EphemeralContainer = { name: 'd', image: 'i:1', livenessProbe: {}, resources: {} };
  object.spec!.ephemeralContainers = [debug];
  podResource.strategy.setDefaults!(object);
  const errors = podResource.strategy.validate!(object, testContext(), created(podResource, pod()));
  assert.deepEqual(
    errors.map(error => error.field),
    ['spec.ephemeralContainers[0].livenessProbe'],
  );
});

test('a gated pod is narrowed down', () => {
  const gated = (terms: NodeSelectorTerm[] | undefined): Pod =>
    pod({
      schedulingGates: [{ name: 'g' }],
      ...(terms
        ? {
            affinity: {
              nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
            },
          }
        : {}),
    });
  const has = (...keys: string[]): NodeSelectorTerm => ({
    matchExpressions: keys.map(key => ({ key, operator: 'Exists' })),
  });
  const change = (old: Pod, now: Pod) => updateErrors(podResource, old, now);
  const at = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  assert.deepEqual(change(gated(undefined), gated([has('a')])), []);
  assert.deepEqual(change(gated([has('a')]), gated([has('a', 'b')])), []);
  assert.match(
    change(gated([has('a')]), gated([has('a'), has('b')]))[0]!,
    /no additions\/deletions to non-empty NodeSelectorTerms list are allowed$/,
  );
  const [error] = change(gated([has('a')]), gated([has('b')]));
  assert.ok(error!.startsWith(`${at}[0]: Invalid value: `));
  assert.match(error!, /only additions are allowed \(no mutations or deletions\)$/);
});

test('a memory limit may be added and go down', () => {
  const sized = (...limits: string[]) =>
    created(podResource, {
      ...pod({
        containers: [
          container({
            resources: { requests: { memory: '1' }, ...(limits[0] ? { limits: { memory: limits[0] } } : {}) },
          }),
        ],
      }),
    });
  const resize = (now: Pod, old: Pod) =>
    podResource.strategy.validateUpdate!(now, old, { ...testContext(), subresource: 'resize' });
  assert.deepEqual(resize(sized('1Gi'), sized('2Gi')), []);
  assert.deepEqual(resize(sized('1Gi'), sized()), []);
});

test("a host name of the pod's own fits the kernel, and excludes other ways to choose it", () => {
  const at = 'spec.hostnameOverride';
  assert.deepEqual(errorsOf({ hostnameOverride: 'a.example.com', hostname: 'b', subdomain: 'c' }), []);
  assert.deepEqual(
    errorsOf({ hostnameOverride: 'a', setHostnameAsFQDN: true, hostNetwork: true }),
    ['setHostnameAsFQDN', 'hostNetwork'].map(
      field => `${at}: Forbidden: may not be specified when ${field} is true`,
    ),
  );
  assert.deepEqual(errorsOf({ hostnameOverride: `${'a'.repeat(60)}.com` }), []);
  assert.deepEqual(errorsOf({ hostnameOverride: `${'a'.repeat(61)}.com` }), [
    `${at}: Too long: may not be more than 64 bytes`,
  ]);
  assert.match(errorsOf({ hostnameOverride: '' })[0]!, /^spec\.hostnameOverride: Invalid value: ""/);
});

test('fields that a variable or a file shows', () => {
  const env = (fieldPath: string, apiVersion?: string) =>
    ofContainer({
      env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath, ...(apiVersion ? { apiVersion } : {}) } } }],
    });
  const at = 'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath';
  const converting = (path: string, problem: string) => [
    `${at}: Invalid value: "${path}": error converting fieldPath: ${problem}`,
  ];
  for (const path of ['spec.nodeName', 'spec.host', "metadata.labels['a/b']", "metadata.annotations['A']"]) {
    assert.deepEqual(env(path), [], path);
  }
  assert.match(env('spec.schedulerName')[0]!, /fieldPath: Unsupported value: "spec.schedulerName"/);
  assert.deepEqual(env('spec.x'), converting('spec.x', 'field label not supported: spec.x'));
  assert.deepEqual(
    env("metadata.name['x']"),
    converting("metadata.name['x']", "field label does not support subscript: metadata.name['x']"),
  );
  assert.match(env("['".repeat(50_000))[0]!, /field label not supported/);
  assert.deepEqual(env('metadata.name', 'v2'), converting('metadata.name', 'unsupported pod version: v2'));
});

test('sets of variables, by names that may end like a beginning', () => {
  const from = (name: string) => ofContainer({ envFrom: [{ configMapRef: { name } }] });
  assert.deepEqual([from('a'), from('a-')], [[], []]);
  assert.match(from('A')[0]!, /^spec\.containers\[0\]\.envFrom\[0\]\.configMapRef\.name: Invalid value: "A"/);
});

test('volumes of images', () => {
  const image = (reference?: string): Partial<PodSpec> => ({
    volumes: [{ name: 'v', image: reference ? { reference } : {} }],
  });
  const mount = { name: 'v', mountPath: '/v', subPath: 'a' };
  assert.deepEqual(ofContainer({ volumeMounts: [mount] }, image('i')), []);
  assert.deepEqual(errorsOf(image()), ['spec.volumes[0].image.reference: Required value']);
  const { spec } = created(podResource, pod(image()));
  assert.deepEqual(validatePodTemplate(FieldPath.of('template'), { spec: spec! }), []);
});

test('a mount is read-only to its depths in one of three ways', () => {
  const mounted = (recursiveReadOnly: string) =>
    ofContainer(
      { volumeMounts: [{ name: 'v', mountPath: '/v', recursiveReadOnly }] },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    );
  const at = 'spec.containers[0].volumeMounts.recursiveReadOnly';
  assert.deepEqual(mounted('Disabled'), []);
  assert.deepEqual(mounted('Enabled'), [`${at}: Forbidden: may only be specified when readOnly is true`]);
  assert.deepEqual(mounted('Deep'), [
    `${at}: Unsupported value: "Deep": supported values: "Disabled", "Enabled", "IfPossible"`,
  ]);
});

test('what is off by default is not kept', () => {
  const { spec } = created(
    podResource,
    pod({
      schedulingGroup: { podGroupName: 'g' },
      containers: [container({ lifecycle: { stopSignal: 'SIGINT' } })],
      volumes: [{ name: 'v', projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'p' } }] } }],
    }),
  );
  assert.equal(spec?.schedulingGroup, undefined);
  assert.equal(spec?.containers[0]?.lifecycle, undefined);
  assert.deepEqual(spec?.volumes?.[0]?.projected?.sources, [{}]);
});

test('what a pod asks for as a whole bounds what its containers ask for, of what it asks for', () => {
  const asking = (resources: object, limits: Record<string, string>, more: Partial<PodSpec> = {}) =>
    errorsOf({ resources, containers: [container({ resources: { limits } })], ...more });
  assert.deepEqual(asking({ requests: { cpu: '1' } }, { cpu: '1', 'ephemeral-storage': '1Gi' }), []);
  assert.match(asking({ requests: { cpu: '1' } }, { cpu: '2' })[0]!, /aggregate container requests of 2$/);
  const pages = { cpu: '1', 'hugepages-2Mi': '2Mi' };
  const twice = { containers: ['a', 'b'].map(name => container({ name, resources: { limits: pages } })) };
  assert.ok(
    asking({ limits: { ...pages, cpu: '2' }, requests: { cpu: '2' } }, {}, twice).includes(
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
    ),
  );
  assert.deepEqual(asking({ requests: { cpu: '1' } }, {}, { os: { name: 'windows' } }), [
    'spec.resources: Forbidden: may not be set for a windows pod',
  ]);
});

test('users of its own exclude what they cannot have', () => {
  assert.deepEqual(
    errorsOf({
      ...{ hostUsers: false, hostPID: true, hostIPC: true },
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
      containers: [container({ volumeDevices: [{ name: 'v', devicePath: '/v' }] })],
    }),
    ['HostPID', 'HostIPC', 'containers[0].volumeDevices'].map(
      field => `spec.${field}: Forbidden: when \`hostUsers\` is false`,
    ),
  );
});

test('variables are read from files of an emptyDir', () => {
  const env = ['none', 'v'].map(volumeName => ({
    name: 'A',
    valueFrom: { fileKeyRef: { volumeName, path: 'a', key: 'A' } },
  }));
  const at = (i: number) => `spec.containers[0].env[${i}].valueFrom.fileKeyRef.volumeName`;
  const hostPath = { path: '/' };
  assert.deepEqual(errorsOf({ volumes: [{ name: 'v', hostPath }], containers: [container({ env })] }), [
    `${at(0)}: Not found: "none"`,
    `${at(1)}: Invalid value: "v": referenced volume must be of type emptyDir`,
  ]);
});

test('a step is not started again because its resources changed', () => {
  const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  const step = (more: Partial<Container>) => [container({ name: 's', resizePolicy, ...more })];
  assert.deepEqual(errorsOf({ initContainers: step({ restartPolicy: 'Always' }) }), []);
  assert.deepEqual(errorsOf({ initContainers: step({}) }), [
    `spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
  ]);
});

test('what is refused as a whole is shown in the shape that upstream has it in', () => {
  assert.deepEqual(errorsOf({ resourceClaims: [{ name: 'a' }] }), [
    'spec.resourceClaims[0]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
  ]);
  const securityContext = {
    ...{ privileged: true, allowPrivilegeEscalation: false },
    seccompProfile: { type: 'Unconfined', localhostProfile: 'a' },
  };
  const profile = '{"Type":"Unconfined","LocalhostProfile":"a"}';
  const [seccomp, escalation] = ofContainer({ securityContext });
  assert.match(seccomp!, new RegExp(`: Invalid value: ${profile}: can only be set when`));
  assert.match(
    escalation!,
    /: Invalid value: \{"Capabilities":null,"Privileged":true,"SELinuxOptions":null,/,
  );
  assert.ok(escalation!.includes(`"SeccompProfile":${profile},"AppArmorProfile":null}: cannot set`));
});

test('static pods have no claims', () => {
  const annotations = { 'kubernetes.io/config.mirror': 'a' };
  const resourceClaims = [{ name: 'a', resourceClaimName: 'b' }];
  assert.deepEqual(errorsOf({ nodeName: 'n', resourceClaims }, annotations), [
    '[]: Forbidden: static pods do not support resource claims',
  ]);
});

test('paths are judged for both faults that they may have', () => {
  const mounted = (subPath: string) =>
    ofContainer(
      { volumeMounts: [{ name: 'v', mountPath: '/v', subPath }] },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    );
  assert.deepEqual(mounted('/a/../b'), [
    'spec.containers[0].volumeMounts.subPath: Invalid value: "/a/../b": must be a relative path',
    `spec.containers[0].volumeMounts.subPath: Invalid value: "/a/../b": must not contain '..'`,
  ]);
});
