import { type Family, answered, get, invalid, object, patch, post, put, refused } from '../case.ts';

const base = '/api/v1/namespaces/pods';
const pods = `${base}/pods`;
const container = { name: 'c', image: 'i' };
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  ...object('v1', 'Pod', name, { spec: { containers: [container], ...spec } }),
  metadata: { name, ...metadata },
});
const one = (more: object) => pod('x', { containers: [{ ...container, ...more }] });
const bad = (name: string, body: object, ...causes: readonly [string, string, string][]) =>
  invalid(name, post(pods, body), 'Pod "x"', ...causes);
const required = 'Required value';
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

/** What a pod may be, and what of it may change. */
export const podsFamily: Family = {
  title: 'Pods',
  source:
    'pkg/apis/core/validation, pkg/api/pod/warnings.go and pkg/registry/core/pod/strategy.go of Kubernetes',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'pods')),
    post(`${base}/serviceaccounts`, object('v1', 'ServiceAccount', 'default')),
    post(pods, pod('p', { nodeName: 'n', tolerations: [{ key: 'a', operator: 'Exists' }] })),
    post(pods, pod('gated', { schedulingGates: [{ name: 'a/b' }] })),
  ],
  cases: [
    answered('the defaults', get(`${pods}/p`), 200, {
      body: {
        spec: {
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          terminationGracePeriodSeconds: 30,
          serviceAccountName: 'default',
          serviceAccount: 'default',
          enableServiceLinks: true,
          preemptionPolicy: 'PreemptLowerPriority',
          priority: 0,
          securityContext: {},
          containers: [
            {
              imagePullPolicy: 'Always',
              terminationMessagePath: '/dev/termination-log',
              terminationMessagePolicy: 'File',
              resources: {},
              volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
            },
          ],
          tolerations: [
            { key: 'a' },
            {
              key: 'node.kubernetes.io/not-ready',
              operator: 'Exists',
              effect: 'NoExecute',
              tolerationSeconds: 300,
            },
            { key: 'node.kubernetes.io/unreachable' },
          ],
          volumes: [
            {
              projected: {
                defaultMode: 420,
                sources: [{ serviceAccountToken: { expirationSeconds: 3607 } }, {}, {}],
              },
            },
          ],
        },
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      },
    }),
    answered(
      'a grace period longer than 2^53 seconds',
      post(
        pods,
        JSON.stringify(pod('long', { terminationGracePeriodSeconds: 0 })).replace(
          '":0',
          '":9007199254740993',
        ),
      ),
      201,
      { body: { spec: { terminationGracePeriodSeconds: 9_007_199_254_740_993n } } },
    ),
    bad('no containers', pod('x', { containers: [] }), ['FieldValueRequired', 'spec.containers', required]),
    bad('no image', one({ image: '' }), ['FieldValueRequired', 'spec.containers[0].image', required]),
    bad('a bad name of a container', one({ name: 'A' }), [
      'FieldValueInvalid',
      'spec.containers[0].name',
      `Invalid value: "A": ${label}`,
    ]),
    bad('a name of a container twice', pod('x', { containers: [container, container] }), [
      'FieldValueDuplicate',
      'spec.containers[1].name',
      'Duplicate value: "c"',
    ]),
    bad('no such restart policy', pod('x', { restartPolicy: 'Sometimes' }), [
      'FieldValueNotSupported',
      'spec.restartPolicy',
      'Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
    ]),
    bad('no such pull policy', one({ imagePullPolicy: 'Now' }), [
      'FieldValueNotSupported',
      'spec.containers[0].imagePullPolicy',
      'Unsupported value: "Now": supported values: "Always", "IfNotPresent", "Never"',
    ]),
    bad('a mount of no volume', one({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), [
      'FieldValueNotFound',
      'spec.containers[0].volumeMounts[0].name',
      'Not found: "v"',
    ]),
    bad(
      'a mount of a volume that is not valid',
      pod('x', {
        containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
        volumes: [{ name: 'v', nfs: { server: '', path: 'a' } }],
      }),
      ['FieldValueRequired', 'spec.volumes[0].nfs.server', required],
      ['FieldValueInvalid', 'spec.volumes[0].nfs.path', 'Invalid value: "a": must be an absolute path'],
      ['FieldValueNotFound', 'spec.containers[0].volumeMounts[0].name', 'Not found: "v"'],
    ),
    bad(
      'a volume of two types',
      pod('x', { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/a' } }] }),
      [
        'FieldValueForbidden',
        'spec.volumes[0].hostPath',
        'Forbidden: may not specify more than 1 volume type',
      ],
    ),
    bad(
      'a disk without a name',
      pod('x', { volumes: [{ name: 'v', gcePersistentDisk: { pdName: '', partition: 256 } }] }),
      ['FieldValueRequired', 'spec.volumes[0].persistentDisk.pdName', required],
      [
        'FieldValueInvalid',
        'spec.volumes[0].persistentDisk.partition',
        'Invalid value: 256: must be between 1 and 255, inclusive',
      ],
    ),
    bad(
      'a projection onto one path twice',
      pod('x', {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { secret: { name: 's', items: [{ key: 'a', path: 'p' }] } },
                { configMap: { name: 'm', items: [{ key: 'a', path: 'p' }] } },
              ],
            },
          },
        ],
      }),
      ['FieldValueInvalid', 'spec.volumes[0].projected', 'Invalid value: "m": conflicting duplicate paths'],
    ),
    bad('a port out of range', one({ ports: [{ containerPort: 70_000 }] }), [
      'FieldValueInvalid',
      'spec.containers[0].ports[0].containerPort',
      'Invalid value: 70000: must be between 1 and 65535, inclusive',
    ]),
    bad('a port name without letters', one({ ports: [{ name: '80', containerPort: 80 }] }), [
      'FieldValueInvalid',
      'spec.containers[0].ports[0].name',
      'Invalid value: "80": must contain at least one letter (a-z)',
    ]),
    bad('a bad environment variable', one({ env: [{ name: 'a=b' }] }), [
      'FieldValueInvalid',
      'spec.containers[0].env[0].name',
      'Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ]),
    bad(
      'a value and its source',
      one({ env: [{ name: 'a', value: 'b', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
      [
        'FieldValueInvalid',
        'spec.containers[0].env[0].valueFrom',
        'Invalid value: "": may not be specified when `value` is not empty',
      ],
    ),
    bad(
      'a field that has no value',
      one({ env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }] }),
      [
        'FieldValueInvalid',
        'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath',
        'Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
      ],
    ),
    bad('a request above its limit', one({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }), [
      'FieldValueInvalid',
      'spec.containers[0].resources.requests',
      'Invalid value: "2": must be less than or equal to cpu limit of 1',
    ]),
    bad('a negative request', one({ resources: { requests: { memory: '-1' } } }), [
      'FieldValueInvalid',
      'spec.containers[0].resources.requests[memory]',
      'Invalid value: "-1": must be greater than or equal to 0',
    ]),
    refused(
      'a quantity that is none',
      post(pods, one({ resources: { requests: { memory: 'much' } } })),
      400,
      'BadRequest',
      'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\'',
    ),
    bad(
      'a probe of no handler',
      one({ livenessProbe: { successThreshold: 2 } }),
      [
        'FieldValueRequired',
        'spec.containers[0].livenessProbe',
        'Required value: must specify a handler type',
      ],
      [
        'FieldValueInvalid',
        'spec.containers[0].livenessProbe.successThreshold',
        'Invalid value: 2: must be 1',
      ],
    ),
    bad('root that must not escalate', one({ securityContext: { runAsUser: -1 } }), [
      'FieldValueInvalid',
      'spec.containers[0].securityContext.runAsUser',
      'Invalid value: -1: must be between 0 and 2147483647, inclusive',
    ]),
    bad(
      'a toleration of everything with a key missing',
      pod('x', { tolerations: [{ operator: 'Equal', value: 'a' }] }),
      [
        'FieldValueInvalid',
        'spec.tolerations[0].operator',
        'Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ),
    bad(
      'an affinity of no weight',
      pod('x', {
        affinity: {
          podAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 0, podAffinityTerm: { topologyKey: '' } },
            ],
          },
        },
      }),
      [
        'FieldValueInvalid',
        'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight',
        'Invalid value: 0: must be in the range 1-100',
      ],
      [
        'FieldValueRequired',
        'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey',
        'Required value: can not be empty',
      ],
      [
        'FieldValueInvalid',
        'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey',
        'Invalid value: "": name part must be non-empty',
      ],
      [
        'FieldValueInvalid',
        'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey',
        "Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ),
    bad(
      'a spread of nothing',
      pod('x', {
        topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }],
      }),
      [
        'FieldValueInvalid',
        'spec.topologySpreadConstraints[0].maxSkew',
        'Invalid value: 0: must be greater than zero',
      ],
    ),
    bad(
      'a deletion cost that is none',
      pod('x', {}, { annotations: { 'controller.kubernetes.io/pod-deletion-cost': 'high' } }),
      [
        'FieldValueInvalid',
        'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]',
        'Invalid value: "high": must be a 32bit integer',
      ],
    ),
    bad(
      'a host port that is not the container’s',
      pod('x', {
        hostNetwork: true,
        containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 81 }] }],
      }),
      [
        'FieldValueInvalid',
        'spec.containers[0].ports[0].hostPort',
        'Invalid value: 81: must match `containerPort` when `hostNetwork` is true',
      ],
    ),
    answered(
      'what is deprecated and likely a mistake',
      post(
        `${pods}?dryRun=All`,
        pod('x', {
          nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
          containers: [{ ...container, env: [{ name: 'a' }, { name: 'a' }] }],
        }),
      ),
      201,
      {
        headers: {
          warning:
            '299 - "spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\"kubernetes.io/os\\" instead", 299 - "spec.containers[0].env[1]: hides previous definition of \\"a\\", which may be dropped when using apply"',
        },
      },
    ),
    refused(
      'an update of what does not change',
      patch(`${pods}/p`, 'strategic', { spec: { hostname: 'h' } }),
      422,
      'Invalid',
      /^Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers\[\*\]\.image`,`spec\.activeDeadlineSeconds`,`spec\.tolerations` \(only additions to existing tolerations\),`spec\.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)\n/,
      { causes: [['FieldValueForbidden', 'spec']] },
    ),
    answered(
      'another image',
      patch(`${pods}/p`, 'strategic', { spec: { containers: [{ name: 'c', image: 'j' }] } }),
      200,
      {
        body: { metadata: { generation: 2 }, spec: { containers: [{ image: 'j' }] } },
      },
    ),
    refused(
      'one container more',
      patch(`${pods}/p`, 'strategic', { spec: { containers: [{ name: 'd', image: 'j' }] } }),
      422,
      'Invalid',
      'Pod "p" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers',
    ),
    refused(
      'a gate more',
      patch(`${pods}/gated`, 'strategic', { spec: { schedulingGates: [{ name: 'c/d' }] } }),
      422,
      'Invalid',
      /^Pod "gated" is invalid: spec\.schedulingGates\[\d\]\.name: Forbidden: only deletion is allowed, but found new scheduling gate 'c\/d'$/,
    ),
    refused(
      'a spec by way of the status',
      put(`${pods}/p/status`, { ...pod('p'), status: { qosClass: 'Guaranteed' } }),
      422,
      'Invalid',
      'Pod "p" is invalid: status.qosClass: Invalid value: "Guaranteed": field is immutable',
    ),
    refused(
      'a mirror annotation',
      patch(`${pods}/p`, 'merge', { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
      422,
      'Invalid',
      'Pod "p" is invalid: metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation',
    ),
    answered(
      'the columns',
      get(`${pods}/p`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      200,
      {
        body: {
          columnDefinitions: [
            { name: 'Name' },
            { name: 'Ready' },
            { name: 'Status' },
            { name: 'Restarts' },
            { name: 'Age' },
            { name: 'IP', priority: 1 },
            { name: 'Node', priority: 1 },
            { name: 'Nominated Node', priority: 1 },
            { name: 'Readiness Gates', priority: 1 },
          ],
          rows: [{ cells: ['p', '0/1', 'Pending', '0', /s$/, '<none>', 'n', '<none>', '<none>'] }],
        },
      },
    ),
    answered(
      'by node and phase',
      get(`${pods}?fieldSelector=spec.nodeName%3Dn,status.phase%3DPending`),
      200,
      {
        body: { items: [{ metadata: { name: 'p' } }] },
      },
    ),
  ],
};
