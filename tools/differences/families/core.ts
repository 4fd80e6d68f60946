import {
  type Family,
  answered,
  configMap,
  get,
  invalid,
  object,
  patch,
  post,
  put,
  refused,
} from '../case.ts';

const base = '/api/v1/namespaces/core';
const dry = '?dryRun=All';
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const container = { name: 'c', image: 'i' };
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  ...object('v1', 'Pod', name, { spec: { containers: [container], ...spec } }),
  metadata: { name, ...metadata },
});
const template = (name: string, metadata: object, spec: object = {}) =>
  object('v1', 'PodTemplate', name, { template: { metadata, spec: { containers: [container], ...spec } } });
const service = (name: string, spec: object) => object('v1', 'Service', name, { spec });
const photon = { volumes: [{ name: 'v', photonPersistentDisk: { pdID: 'p' } }] };
const photonWarning = (path: string) =>
  `299 - "${path}.volumes[0].photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+"`;
const volume = (name: string, path: string) =>
  object('v1', 'PersistentVolume', name, {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path } },
  });
const noAccess =
  'Unsupported value: "No": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"';
const long = 'x'.repeat(600 * 1024);
const cannot = (kind: string) => `${kind} in version "v1" cannot be handled as a ${kind}: `;
const controller = (annotations: object, volumes: readonly object[]) =>
  object('v1', 'ReplicationController', 'core', {
    spec: {
      selector: { a: 'b' },
      template: { metadata: { labels: { a: 'b' }, annotations }, spec: { containers: [container], volumes } },
    },
  });

/** What kinds of the core group are given, refused and warned of, where one expects another answer. */
export const coreFamily: Family = {
  title: 'Core kinds',
  source:
    'pkg/apis/core, pkg/registry/core, pkg/printers and encoding/json, as kube-apiserver v1.36.2 was seen to answer',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'core')),
    post(
      `${base}/serviceaccounts`,
      object('v1', 'ServiceAccount', 'default', { automountServiceAccountToken: false }),
    ),
    post(`${base}/configmaps`, configMap('one', { a: '1' })),
    post(`${base}/podtemplates`, template('warned', {}, photon)),
    post('/api/v1/persistentvolumes', volume('core', '/x')),
    post(`${base}/replicationcontrollers`, controller({}, photon.volumes)),
    post(
      '/api/v1/nodes',
      object('v1', 'Node', 'core', {
        spec: { providerID: 'a' },
        status: { nodeInfo: { kernelVersion: '6', architecture: 'amd64' } },
      }),
    ),
  ],
  cases: [
    refused(
      'a number where a text belongs, and a time that is none: who reads himself has the word',
      post(
        `${base}/configmaps`,
        object('v1', 'ConfigMap', 'x', { data: { a: 1 }, metadata: { creationTimestamp: 'x' } }),
      ),
      400,
      'BadRequest',
      `${cannot('ConfigMap')}parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`,
    ),
    refused(
      'bytes as a list of texts',
      post(`${base}/secrets`, object('v1', 'Secret', 'x', { data: { a: ['x'] } })),
      400,
      'BadRequest',
      `${cannot('Secret')}json: cannot unmarshal string into Go struct field Secret.data of type uint8`,
    ),
    answered(
      'bytes as a list of numbers',
      post(`${base}/secrets${dry}`, object('v1', 'Secret', 'x', { data: { a: [97, 98] } })),
      201,
      { body: { data: { a: 'YWI=' } } },
    ),
    invalid(
      'more data than there is room for',
      post(`${base}/configmaps`, configMap('x', { a: long, b: long })),
      'ConfigMap "x"',
      ['FieldValueTooLong', '[]', 'Too long: may not be more than 1048576 bytes'],
    ),
    refused(
      'another uid, as if',
      put(`${base}/configmaps/one${dry}`, configMap('one', {}, { uid: 'x' })),
      409,
      'Conflict',
      /StorageError: invalid object, Code: 4, Key: \/configmaps\/core\/one, ResourceVersion: 0/,
    ),
    invalid(
      'labels of volumes that are not mounted with them',
      post(`${base}/pods`, pod('x', { securityContext: { seLinuxChangePolicy: 'MountOption' } })),
      'Pod "x"',
      [
        'FieldValueNotSupported',
        'spec.securityContext.seLinuxChangePolicy',
        'Unsupported value: "MountOption": supported values: "Recursive"',
      ],
    ),
    refused(
      'what is refused for its labels is not warned of',
      post(`${base}/pods`, pod('x', photon, { labels: { a: '-' } })),
      422,
      'Invalid',
      /metadata.labels: Invalid value: "-"/,
      { headers: { warning: /^$/ } },
    ),
    answered(
      'init containers of an old client',
      post(
        `${base}/podtemplates${dry}`,
        template('x', { annotations: { 'pod.beta.kubernetes.io/init-containers': '[]' } }),
      ),
      201,
      { body: { template: { metadata: { annotations: null } } } },
    ),
    answered(
      'a template is not warned of again',
      patch(`${base}/podtemplates/warned`, 'merge', { metadata: { labels: { a: 'b' } } }),
      200,
      { headers: { warning: /^$/ } },
    ),
    answered(
      'a controller is warned of the template that it had',
      patch(`${base}/replicationcontrollers/core`, 'merge', {
        spec: { template: { spec: { volumes: null } } },
      }),
      200,
      { headers: { warning: photonWarning('spec.template.spec') } },
    ),
    answered(
      'an account needs no version',
      put(`${base}/serviceaccounts/default`, object('v1', 'ServiceAccount', 'default')),
      200,
    ),
    answered(
      'node ports, as if: any number, and some number',
      post(
        `${base}/services${dry}`,
        service('x', {
          type: 'NodePort',
          ports: [
            { name: 'a', port: 1, nodePort: 20000 },
            { name: 'b', port: 2 },
          ],
        }),
      ),
      201,
      { body: { spec: { clusterIP: '10.96.0.0', ports: [{ nodePort: 20000 }, { nodePort: 20001 }] } } },
    ),
    answered(
      'the first node port, as if',
      post(`${base}/services${dry}`, service('x', { type: 'NodePort', ports: [{ port: 1 }] })),
      201,
      { body: { spec: { ports: [{ nodePort: 32769 }] } } },
    ),
    refused(
      'two families for one policy',
      post(`${base}/services`, service('x', { ports: [{ port: 1 }], ipFamilies: ['IPv4', 'IPv6'] })),
      422,
      'Invalid',
      `Service "x" is invalid: spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ),
    answered('a node’s kernel with its architecture', get('/api/v1/nodes/core', table), 200, {
      body: {
        rows: [
          {
            cells: [
              'core',
              'Unknown',
              '<none>',
              /./,
              '',
              '<none>',
              '<none>',
              '<unknown>',
              '6 (amd64)',
              '<unknown>',
            ],
          },
        ],
      },
    }),
    invalid(
      'another provider’s id',
      patch('/api/v1/nodes/core', 'merge', { spec: { providerID: 'b' } }),
      'Node "core"',
      [
        'FieldValueForbidden',
        'spec.providerID',
        'Forbidden: node updates may not change providerID except from "" to valid',
      ],
    ),
    answered(
      'a report without the time of its phase',
      put('/api/v1/persistentvolumes/core/status', { ...volume('core', '/x'), status: { phase: 'Pending' } }),
      200,
      { body: { status: { phase: 'Pending', lastPhaseTransitionTime: /^2/ } } },
    ),
    refused(
      'access that there is not: said once, of a cause told twice',
      patch('/api/v1/persistentvolumes/core', 'merge', { spec: { accessModes: ['No'] } }),
      422,
      'Invalid',
      `PersistentVolume "core" is invalid: spec.accessModes: ${noAccess}`,
      {
        causes: [
          ['FieldValueNotSupported', 'spec.accessModes', noAccess],
          ['FieldValueNotSupported', 'spec.accessModes', noAccess],
        ],
      },
    ),
  ],
};
