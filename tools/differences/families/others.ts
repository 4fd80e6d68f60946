import { type Family, answered, get, invalid, object, patch, post, put, refused } from '../case.ts';

const ns = 'namespaces/others';
const base = `/api/v1/${ns}`;
const storage = '/apis/storage.k8s.io/v1';
const claims = `${base}/persistentvolumeclaims`;
const spec = (more: object) => ({ spec: more });
const volume = (more: object) =>
  object(
    'v1',
    'PersistentVolume',
    'x',
    spec({ accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...more }),
  );
const claim = (name: string, more: object = {}) =>
  object(
    'v1',
    'PersistentVolumeClaim',
    name,
    spec({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more }),
  );
const badVolume = (name: string, more: object, ...causes: readonly [string, string, string][]) =>
  invalid(name, post('/api/v1/persistentvolumes', volume(more)), 'PersistentVolume "x"', ...causes);
const badClaim = (name: string, more: object, ...causes: readonly [string, string, string][]) =>
  invalid(name, post(claims, claim('x', more)), 'PersistentVolumeClaim "x"', ...causes);
const required = 'Required value';
const csi = { driver: 'd', volumeHandle: 'h' };
const pod = { metadata: { name: 'p' }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } };

/** Storage, quotas, roles, subresources and the kinds that are left. */
export const othersFamily: Family = {
  title: 'Storage, policies, subresources and the other kinds',
  source:
    'pkg/apis/{core,storage,scheduling,rbac,coordination,certificates,node}/validation and pkg/registry of Kubernetes',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'others')),
    post(claims, claim('c')),
    post('/api/v1/persistentvolumes', { ...volume({ csi }), metadata: { name: 'v' } }),
    post(
      `${storage}/storageclasses`,
      object('storage.k8s.io/v1', 'StorageClass', 'sc', { provisioner: 'a.b/c' }),
    ),
    post(`${base}/serviceaccounts`, object('v1', 'ServiceAccount', 'default')),
    post(`${base}/pods`, { apiVersion: 'v1', kind: 'Pod', ...pod }),
    post(`${base}/secrets`, object('v1', 'Secret', 's', { stringData: { a: 'b' } })),
  ],
  cases: [
    badVolume('a volume of nothing', {}, [
      'FieldValueRequired',
      'spec',
      'Required value: must specify a volume type',
    ]),
    badVolume(
      'a volume without modes and size',
      { accessModes: [], capacity: {}, csi },
      ['FieldValueRequired', 'spec.accessModes', required],
      ['FieldValueRequired', 'spec.capacity', required],
      ['FieldValueNotSupported', 'spec.capacity', 'Unsupported value: {}: supported values: "storage"'],
    ),
    badVolume('a local volume of no node', { local: { path: '/a' } }, [
      'FieldValueRequired',
      'spec.nodeAffinity',
      'Required value: Local volume requires node affinity',
    ]),
    badVolume(
      'a driver’s secret without its namespace',
      { csi: { ...csi, nodePublishSecretRef: { name: 'a' } } },
      ['FieldValueRequired', 'spec.csi.nodePublishSecretRef.namespace', required],
    ),
    badVolume('recycled roots', { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }, [
      'FieldValueForbidden',
      'spec.persistentVolumeReclaimPolicy',
      "Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ]),
    refused(
      'another source',
      patch('/api/v1/persistentvolumes/v', 'merge', spec({ csi: { volumeHandle: 'i' } })),
      422,
      'Invalid',
      /^PersistentVolume "v" is invalid: spec\.persistentvolumesource: Forbidden: spec\.persistentvolumesource is immutable after creation/,
      { causes: [['FieldValueForbidden', 'spec.persistentvolumesource']] },
    ),
    badClaim('a claim to nothing', { resources: {} }, [
      'FieldValueRequired',
      'spec.resources[storage]',
      required,
    ]),
    badClaim('two modes that exclude each other', { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }, [
      'FieldValueForbidden',
      'spec.accessModes',
      'Forbidden: may not use ReadWriteOncePod with other access modes',
    ]),
    badClaim('no such mode', { volumeMode: 'Tape' }, [
      'FieldValueNotSupported',
      'spec.volumeMode',
      'Unsupported value: "Tape": supported values: "Block", "Filesystem"',
    ]),
    refused(
      'a claim to something else',
      patch(`${claims}/c`, 'merge', spec({ accessModes: ['ReadOnlyMany'] })),
      422,
      'Invalid',
      /^PersistentVolumeClaim "c" is invalid: spec: Forbidden: spec is immutable after creation except resources\.requests and volumeAttributesClassName for bound claims/,
      { causes: [['FieldValueForbidden', 'spec']] },
    ),
    answered('a storage class’s defaults', get(`${storage}/storageclasses/sc`), 200, {
      body: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    }),
    invalid(
      'another provisioner',
      patch(`${storage}/storageclasses/sc`, 'merge', { provisioner: 'x.y/z' }),
      'StorageClass.storage.k8s.io "sc"',
      ['FieldValueInvalid', 'provisioner', 'Invalid value: "x.y/z": field is immutable'],
    ),
    invalid(
      'a storage class of nobody',
      post(`${storage}/storageclasses`, object('storage.k8s.io/v1', 'StorageClass', 'x')),
      'StorageClass.storage.k8s.io "x"',
      ['FieldValueRequired', 'provisioner', required],
    ),
    answered('a secret’s text', get(`${base}/secrets/s`), 200, {
      body: { type: 'Opaque', data: { a: 'Yg==' }, stringData: null },
    }),
    invalid(
      'a secret of another type',
      patch(`${base}/secrets/s`, 'merge', { type: 'other' }),
      'Secret "s"',
      ['FieldValueInvalid', 'type', 'Invalid value: "other": field is immutable'],
    ),
    invalid(
      'a TLS secret without a key',
      post(
        `${base}/secrets`,
        object('v1', 'Secret', 'x', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }),
      ),
      'Secret "x"',
      ['FieldValueRequired', 'data[tls.key]', required],
    ),
    refused(
      'a secret that is no base64',
      post(`${base}/secrets`, object('v1', 'Secret', 'x', { data: { a: '!' } })),
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0',
    ),
    refused(
      'a range below its own bound',
      post(
        `${base}/limitranges`,
        object(
          'v1',
          'LimitRange',
          'x',
          spec({ limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] }),
        ),
      ),
      422,
      'Invalid',
      /^LimitRange "x" is invalid: \[spec\.limits\[0\]\.min\[cpu\]: Invalid value: "2": min value 2 is greater than max value 1, /,
      {
        causes: [
          ['FieldValueInvalid', 'spec.limits[0].min[cpu]'],
          ['FieldValueInvalid', 'spec.limits[0].defaultRequest[cpu]'],
          ['FieldValueInvalid', 'spec.limits[0].default[cpu]'],
        ],
      },
    ),
    invalid(
      'a quota of less than nothing',
      post(`${base}/resourcequotas`, object('v1', 'ResourceQuota', 'x', spec({ hard: { pods: '-1' } }))),
      'ResourceQuota "x"',
      ['FieldValueInvalid', 'spec.hard[pods]', 'Invalid value: "-1": must be greater than or equal to 0'],
    ),
    invalid(
      'a priority of the system',
      post(
        '/apis/scheduling.k8s.io/v1/priorityclasses',
        object('scheduling.k8s.io/v1', 'PriorityClass', 'system-x', { value: 1 }),
      ),
      'PriorityClass.scheduling.k8s.io "system-x"',
      [
        'FieldValueForbidden',
        'metadata.name',
        "Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not a known system priority class",
      ],
    ),
    refused(
      'a priority changed',
      patch('/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical', 'merge', { value: 1 }),
      422,
      'Invalid',
      'PriorityClass.scheduling.k8s.io "system-node-critical" is invalid: value: Forbidden: may not be changed in an update.',
    ),
    invalid(
      'a role of no verbs',
      post(
        `/apis/rbac.authorization.k8s.io/v1/${ns}/roles`,
        object('rbac.authorization.k8s.io/v1', 'Role', 'x', {
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }],
        }),
      ),
      'Role.rbac.authorization.k8s.io "x"',
      ['FieldValueRequired', 'rules[0].verbs', 'Required value: verbs must contain at least one value'],
    ),
    invalid(
      'a binding of no role',
      post(
        `/apis/rbac.authorization.k8s.io/v1/${ns}/rolebindings`,
        object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'x', {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Foo', name: 'a' },
        }),
      ),
      'RoleBinding.rbac.authorization.k8s.io "x"',
      [
        'FieldValueNotSupported',
        'roleRef.kind',
        'Unsupported value: "Foo": supported values: "Role", "ClusterRole"',
      ],
    ),
    invalid(
      'a lease of no time',
      post(
        `/apis/coordination.k8s.io/v1/${ns}/leases`,
        object('coordination.k8s.io/v1', 'Lease', 'x', spec({ leaseDurationSeconds: 0 })),
      ),
      'Lease.coordination.k8s.io "x"',
      ['FieldValueInvalid', 'spec.leaseDurationSeconds', 'Invalid value: 0: must be greater than 0'],
    ),
    refused(
      'a lease held since no time that is one',
      post(
        `/apis/coordination.k8s.io/v1/${ns}/leases`,
        object('coordination.k8s.io/v1', 'Lease', 'x', spec({ renewTime: 'now' })),
      ),
      400,
      'BadRequest',
      'Lease in version "v1" cannot be handled as a Lease: parsing time "now" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "now" as "2006"',
    ),
    refused(
      'a binding to a second node',
      post(`${base}/pods/p/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'p' },
        target: { kind: 'Node', name: 'm' },
      }),
      409,
      'Conflict',
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"',
    ),
    refused(
      'a binding to nothing',
      post(`${base}/pods/p/binding`, {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: 'p' },
        target: { kind: 'Cloud', name: '' },
      }),
      500,
      '',
      '[target.kind: Unsupported value: "Cloud": supported values: "Node", "<empty>", target.name: Required value]',
    ),
    answered(
      'a token',
      post(`${base}/serviceaccounts/default/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 600 },
      }),
      201,
      {
        body: {
          kind: 'TokenRequest',
          spec: { expirationSeconds: 600 },
          status: { token: /^ey[\w-]+\.ey[\w-]+\.[\w-]+$/, expirationTimestamp: /Z$/ },
        },
      },
    ),
    invalid(
      'a token of a moment',
      post(`${base}/serviceaccounts/default/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 1 },
      }),
      'TokenRequest.authentication.k8s.io ""',
      [
        'FieldValueInvalid',
        'spec.expirationSeconds',
        'Invalid value: 1: may not specify a duration less than 10 minutes',
      ],
    ),
    answered(
      'an eviction',
      post(`${base}/pods/p/eviction?dryRun=All`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'p' },
      }),
      201,
      {
        body: { kind: 'Status', status: 'Success', code: 201 },
      },
    ),
    refused(
      'an eviction of another',
      post(`${base}/pods/p/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'q' } }),
      400,
      'BadRequest',
      'name in URL does not match name in Eviction object',
    ),
    refused('the log of nothing', get(`${base}/pods/q/log`), 404, 'NotFound', 'pods "q" not found'),
    refused(
      'the log of no container',
      get(`${base}/pods/p/log?container=d`),
      400,
      'BadRequest',
      'container d is not valid for pod p',
    ),
    invalid(
      'an ephemeral container that is changed',
      patch(
        `${base}/pods/p/ephemeralcontainers`,
        'strategic',
        spec({ ephemeralContainers: [{ name: 'c', image: 'i' }] }),
      ),
      'Pod "p"',
      ['FieldValueDuplicate', 'spec.ephemeralContainers[0].name', 'Duplicate value: "c"'],
    ),
    refused(
      'a namespace’s end by way of its spec',
      put(
        '/api/v1/namespaces/others/finalize',
        object('v1', 'Namespace', 'others', spec({ finalizers: ['a b'] })),
      ),
      422,
      'Invalid',
      /^Namespace "others" is invalid: /,
      {
        causes: [
          ['FieldValueInvalid', 'spec.finalizers[0]'],
          ['FieldValueInvalid', 'spec.finalizers[0]'],
        ],
      },
    ),
    invalid(
      'a handler that is no name',
      post(
        '/apis/node.k8s.io/v1/runtimeclasses',
        object('node.k8s.io/v1', 'RuntimeClass', 'x', { handler: 'A_b' }),
      ),
      'RuntimeClass.node.k8s.io "x"',
      [
        'FieldValueInvalid',
        'handler',
        "Invalid value: \"A_b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    ),
  ],
};
