import { type Family, answered, get, invalid, object, patch, post, put, refused } from '../case.ts';

const ns = 'namespaces/groups';
const apps = `/apis/apps/v1/${ns}`;
const batch = `/apis/batch/v1/${ns}`;
const autoscaling = (version: string) => `/apis/autoscaling/${version}/${ns}/horizontalpodautoscalers`;
const networking = '/apis/networking.k8s.io/v1';
const storage = '/apis/storage.k8s.io/v1';
const reviews = '/apis/authorization.k8s.io/v1';
const labels = { app: 'x' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const set = (name: string, more: object = {}) =>
  object('apps/v1', 'StatefulSet', name, {
    spec: { serviceName: 'x', selector: { matchLabels: labels }, template, ...more },
  });
const job = (name: string, more: object = {}) =>
  object('batch/v1', 'Job', name, {
    spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } }, ...more },
  });
const autoscaler = (version: string, name: string, spec: object, metadata: object = {}) => ({
  apiVersion: `autoscaling/${version}`,
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, ...metadata },
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, maxReplicas: 5, ...spec },
});
const cidrs = (name: string, ...list: string[]) =>
  object('networking.k8s.io/v1', 'ServiceCIDR', name, { spec: { cidrs: list } });
const review = (spec: object, metadata: object = {}) => ({
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  metadata,
  spec,
});
const negative = 'Invalid value: -1: must be greater than or equal to 0';
const action = { path: '/a', verb: 'get' };

/** What fuzzing both servers showed of the groups beside the core. */
export const groupsFamily: Family = {
  title: 'Kinds of the other groups',
  source:
    'pkg/apis/*/{validation,v1}, pkg/registry and plugin/pkg/admission/storage of Kubernetes, and what its server was seen to answer',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'groups')),
    post(`${apps}/statefulsets`, set('s', { updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } })),
    post(`${apps}/controllerrevisions`, {
      ...object('apps/v1', 'ControllerRevision', 'r', { data: { a: { b: 1 } }, revision: 1 }),
    }),
    post(`${batch}/jobs`, job('j')),
    post(
      autoscaling('v1'),
      autoscaler(
        'v1',
        'a',
        {},
        {
          annotations: {
            'autoscaling.alpha.kubernetes.io/metrics':
              '[{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"3"}}]',
          },
        },
      ),
    ),
    post(autoscaling('v2'), autoscaler('v2', 'b', { behavior: { scaleDown: { selectPolicy: 'Disabled' } } })),
    post(`${networking}/servicecidrs`, cidrs('c', '192.168.0.0/24')),
    post(
      `${storage}/volumeattributesclasses`,
      object('storage.k8s.io/v1', 'VolumeAttributesClass', 'v', {
        driverName: 'a.b',
        parameters: { a: 'b' },
      }),
    ),
  ],
  cases: [
    answered('how many pods of a set may be away, behind a gate', get(`${apps}/statefulsets/s`), 200, {
      body: { spec: { updateStrategy: { rollingUpdate: { partition: 0, maxUnavailable: null } } } },
    }),
    invalid(
      'a strategy that there is not, in its internal type',
      post(
        `${apps}/statefulsets`,
        set('x', { updateStrategy: { type: 'A', rollingUpdate: { partition: 1 } } }),
      ),
      'StatefulSet.apps "x"',
      [
        'FieldValueInvalid',
        'spec.updateStrategy',
        `Invalid value: {"Type":"A","RollingUpdate":{"Partition":1,"MaxUnavailable":null}}: must be 'RollingUpdate' or 'OnDelete'`,
      ],
    ),
    invalid(
      'what becomes of a set’s claims, and claims of nothing',
      post(
        `${apps}/statefulsets`,
        set('x', {
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'A' },
          volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'] } }],
        }),
      ),
      'StatefulSet.apps "x"',
      [
        'FieldValueNotSupported',
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted',
        'Unsupported value: "A": supported values: "Retain", "Delete"',
      ],
      ['FieldValueRequired', 'spec.volumeClaimTemplates[0].spec.resources[storage]', 'Required value'],
    ),
    answered('who manages a revision’s data', get(`${apps}/controllerrevisions/r`), 200, {
      body: { metadata: { managedFields: [{ fieldsV1: { 'f:data': {}, 'f:revision': {} } }] } },
    }),
    answered('labels of a job that has none', get(`${batch}/jobs/j`), 200, {
      body: { metadata: { labels: { app: 'x', 'batch.kubernetes.io/job-name': 'j', 'job-name': 'j' } } },
    }),
    refused(
      'an update of a job, judged twice and told once',
      patch(`${batch}/jobs/j`, 'merge', { spec: { ttlSecondsAfterFinished: -1 } }),
      422,
      'Invalid',
      `Job.batch "j" is invalid: spec.ttlSecondsAfterFinished: ${negative}`,
      {
        causes: [
          ['FieldValueInvalid', 'spec.ttlSecondsAfterFinished', negative],
          ['FieldValueInvalid', 'spec.ttlSecondsAfterFinished', negative],
        ],
      },
    ),
    answered('metrics of v1 in an annotation', get(`${autoscaling('v2')}/a`), 200, {
      body: {
        spec: {
          metrics: [
            {
              type: 'Pods',
              pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '3' } },
            },
          ],
        },
        status: { desiredReplicas: 0, currentMetrics: null },
      },
    }),
    answered('rules of v2 in an annotation, with Go’s names', get(`${autoscaling('v1')}/b`), 200, {
      body: {
        metadata: {
          annotations: {
            'autoscaling.alpha.kubernetes.io/behavior':
              '{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15},{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Disabled","Policies":[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}',
          },
        },
      },
    }),
    invalid(
      'blocks of addresses of which one is none',
      post(`${networking}/servicecidrs`, cidrs('x', '192.168.1.0/24', 'a')),
      'ServiceCIDR.networking.k8s.io "x"',
      [
        'FieldValueInvalid',
        'spec.cidrs[1]',
        'Invalid value: "a": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ),
    invalid(
      'a block of addresses that changes to none',
      put(`${networking}/servicecidrs/c`, cidrs('c')),
      'ServiceCIDR.networking.k8s.io "c"',
      ['FieldValueInvalid', 'spec.cidrs', 'Invalid value: []: field is immutable'],
    ),
    answered(
      'what protects a class of volumes’ attributes',
      get(`${storage}/volumeattributesclasses/v`),
      200,
      {
        body: { metadata: { finalizers: ['kubernetes.io/vac-protection'] } },
      },
    ),
    invalid(
      'parameters that go',
      put(
        `${storage}/volumeattributesclasses/v`,
        object('storage.k8s.io/v1', 'VolumeAttributesClass', 'v', { driverName: 'a.b' }),
      ),
      'VolumeAttributesClass.storage.k8s.io "v"',
      ['FieldValueForbidden', 'parameters', 'Forbidden: updates to parameters are forbidden.'],
      ['FieldValueRequired', 'parameters', 'Required value: must contain at least one key/value pair'],
    ),
    answered(
      'who manages what is asked about somebody',
      post(`${reviews}/subjectaccessreviews`, review({ user: 'u', nonResourceAttributes: action })),
      201,
      { body: { metadata: { managedFields: [{ operation: 'Update', fieldsType: 'FieldsV1' }] } } },
    ),
    invalid(
      'a question about two things at once',
      post(
        `${reviews}/subjectaccessreviews`,
        review({ user: 'u', nonResourceAttributes: action, resourceAttributes: { verb: 'get' } }),
      ),
      '.authorization.k8s.io ""',
      [
        'FieldValueInvalid',
        'spec.nonResourceAttributes',
        'Invalid value: {"Path":"/a","Verb":"get"}: cannot be specified in combination with resourceAttributes',
      ],
    ),
  ],
};
