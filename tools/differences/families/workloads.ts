import { type Family, answered, get, invalid, object, patch, post, put, refused } from '../case.ts';

const ns = 'namespaces/workloads';
const apps = `/apis/apps/v1/${ns}`;
const batch = `/apis/batch/v1/${ns}`;
const container = { name: 'c', image: 'i' };
const labels = { app: 'x' };
const template = (spec: object = {}, own: object = labels) => ({
  metadata: { labels: own },
  spec: { containers: [container], ...spec },
});
const workload = (kind: string, name: string, more: object = {}) =>
  object('apps/v1', kind, name, {
    spec: { selector: { matchLabels: labels }, template: template(), ...more },
  });
const job = (name: string, more: object = {}) =>
  object('batch/v1', 'Job', name, { spec: { template: template({ restartPolicy: 'Never' }), ...more } });
const cron = (name: string, more: object = {}) =>
  object('batch/v1', 'CronJob', name, {
    spec: {
      schedule: '* * * * *',
      jobTemplate: { spec: { template: template({ restartPolicy: 'Never' }) } },
      ...more,
    },
  });
const required = 'Required value';

/** What keeps pods running, and what runs them to their end. */
export const workloadsFamily: Family = {
  title: 'Workloads',
  source: 'pkg/apis/{apps,batch,autoscaling,policy}/validation and pkg/registry/{apps,batch} of Kubernetes',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'workloads')),
    post(`${apps}/deployments`, workload('Deployment', 'd')),
    post(`${apps}/statefulsets`, workload('StatefulSet', 's', { serviceName: 'x' })),
    post(`${batch}/jobs`, job('j')),
  ],
  cases: [
    answered('a deployment’s defaults', get(`${apps}/deployments/d`), 200, {
      body: {
        metadata: { generation: 1 },
        spec: {
          replicas: 1,
          progressDeadlineSeconds: 600,
          revisionHistoryLimit: 10,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        },
        status: {},
      },
    }),
    invalid(
      'a selector that the template does not match',
      post(`${apps}/deployments`, workload('Deployment', 'x', { template: template({}, { app: 'y' }) })),
      'Deployment.apps "x"',
      [
        'FieldValueInvalid',
        'spec.template.metadata.labels',
        'Invalid value: {"app":"y"}: `selector` does not match template `labels`',
      ],
    ),
    invalid(
      'no selector',
      post(`${apps}/deployments`, workload('Deployment', 'x', { selector: null })),
      'Deployment.apps "x"',
      ['FieldValueRequired', 'spec.selector', required],
      [
        'FieldValueInvalid',
        'spec.template.metadata.labels',
        'Invalid value: {"app":"x"}: `selector` does not match template `labels`',
      ],
    ),
    invalid(
      'an empty selector',
      post(`${apps}/deployments`, workload('Deployment', 'x', { selector: {} })),
      'Deployment.apps "x"',
      ['FieldValueInvalid', 'spec.selector', 'Invalid value: {}: empty selector is invalid for deployment'],
    ),
    invalid(
      'another selector',
      patch(`${apps}/deployments/d`, 'merge', {
        spec: {
          selector: { matchLabels: { app: 'x', b: 'c' } },
          template: { metadata: { labels: { b: 'c' } } },
        },
      }),
      'Deployment.apps "d"',
      [
        'FieldValueInvalid',
        'spec.selector',
        'Invalid value: {"matchLabels":{"app":"x","b":"c"}}: field is immutable',
      ],
    ),
    invalid(
      'less than no replicas',
      patch(`${apps}/deployments/d`, 'merge', { spec: { replicas: -1 } }),
      'Deployment.apps "d"',
      ['FieldValueInvalid', 'spec.replicas', 'Invalid value: -1: must be greater than or equal to 0'],
    ),
    invalid(
      'pods that do not restart',
      post(
        `${apps}/deployments`,
        workload('Deployment', 'x', { template: template({ restartPolicy: 'Never' }) }),
      ),
      'Deployment.apps "x"',
      [
        'FieldValueNotSupported',
        'spec.template.spec.restartPolicy',
        'Unsupported value: "Never": supported values: "Always"',
      ],
    ),
    invalid(
      'a rollout that cannot begin',
      patch(`${apps}/deployments/d`, 'merge', {
        spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
      }),
      'Deployment.apps "d"',
      [
        'FieldValueInvalid',
        'spec.strategy.rollingUpdate.maxUnavailable',
        'Invalid value: 0: may not be 0 when `maxSurge` is 0',
      ],
    ),
    invalid(
      'a rolling update that recreates',
      patch(`${apps}/deployments/d`, 'merge', { spec: { strategy: { type: 'Recreate' } } }),
      'Deployment.apps "d"',
      [
        'FieldValueForbidden',
        'spec.strategy.rollingUpdate',
        "Forbidden: may not be specified when strategy `type` is 'Recreate'",
      ],
    ),
    answered('a spec counts', patch(`${apps}/deployments/d`, 'merge', { spec: { replicas: 3 } }), 200, {
      body: { metadata: { generation: 2 } },
    }),
    answered(
      'a label does not',
      patch(`${apps}/deployments/d`, 'merge', { metadata: { labels: { a: 'b' } } }),
      200,
      {
        body: { metadata: { generation: 2 } },
      },
    ),
    answered(
      'a status by its own way alone',
      patch(`${apps}/deployments/d`, 'merge', { status: { replicas: 7 } }),
      200,
      {
        body: { status: { replicas: null } },
      },
    ),
    answered(
      'a spec by way of the status',
      patch(`${apps}/deployments/d/status`, 'merge', { spec: { replicas: 9 }, status: { replicas: 2 } }),
      200,
      {
        body: { spec: { replicas: 3 }, status: { replicas: 2 }, metadata: { generation: 2 } },
      },
    ),
    answered('the scale', get(`${apps}/deployments/d/scale`), 200, {
      body: {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        spec: { replicas: 3 },
        status: { replicas: 2, selector: 'app=x' },
      },
    }),
    answered('another scale', patch(`${apps}/deployments/d/scale`, 'merge', { spec: { replicas: 5 } }), 200, {
      body: { spec: { replicas: 5 } },
    }),
    invalid(
      'a scale below nothing',
      patch(`${apps}/deployments/d/scale`, 'merge', { spec: { replicas: -5 } }),
      'Scale.autoscaling "d"',
      ['FieldValueInvalid', 'spec.replicas', 'Invalid value: -5: must be greater than or equal to 0'],
    ),
    refused(
      'a scale of an old version',
      put(`${apps}/deployments/d/scale`, {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'd', resourceVersion: '1' },
        spec: { replicas: 1 },
      }),
      409,
      'Conflict',
      'Operation cannot be fulfilled on deployments.apps "d": the object has been modified; please apply your changes to the latest version and try again',
    ),
    invalid(
      'a stateful set of another service',
      patch(`${apps}/statefulsets/s`, 'merge', { spec: { serviceName: 'y' } }),
      'StatefulSet.apps "s"',
      [
        'FieldValueForbidden',
        'spec',
        "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ),
    invalid(
      'a daemon set that surges and drains at once',
      post(
        `${apps}/daemonsets`,
        workload('DaemonSet', 'x', {
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
        }),
      ),
      'DaemonSet.apps "x"',
      [
        'FieldValueInvalid',
        'spec.updateStrategy.rollingUpdate.maxSurge',
        'Invalid value: 1: may not be set when maxUnavailable is non-zero',
      ],
    ),
    answered('a job’s defaults', get(`${batch}/jobs/j`), 200, {
      body: {
        spec: {
          parallelism: 1,
          completions: 1,
          backoffLimit: 6,
          completionMode: 'NonIndexed',
          suspend: false,
          podReplacementPolicy: 'TerminatingOrFailed',
          manualSelector: false,
          selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': /^[0-9a-f-]{36}$/ } },
          template: {
            metadata: {
              labels: {
                'batch.kubernetes.io/controller-uid': /-/,
                'batch.kubernetes.io/job-name': 'j',
                'controller-uid': /-/,
                'job-name': 'j',
              },
            },
          },
        },
      },
    }),
    invalid(
      'a job whose pods always restart',
      post(`${batch}/jobs`, job('x', { template: template({ restartPolicy: 'Always' }) })),
      'Job.batch "x"',
      [
        'FieldValueRequired',
        'spec.template.spec.restartPolicy',
        'Required value: valid values: "OnFailure", "Never"',
      ],
    ),
    invalid(
      'an indexed job of no size',
      post(`${batch}/jobs`, job('x', { completionMode: 'Indexed', parallelism: 2 })),
      'Job.batch "x"',
      ['FieldValueRequired', 'spec.completions', 'Required value: when completion mode is Indexed'],
    ),
    invalid(
      'a job of more completions',
      patch(`${batch}/jobs/j`, 'merge', { spec: { completions: 5 } }),
      'Job.batch "j"',
      ['FieldValueInvalid', 'spec.completions', 'Invalid value: 5: field is immutable'],
    ),
    invalid(
      'a schedule that is none',
      post(`${batch}/cronjobs`, cron('x', { schedule: 'often' })),
      'CronJob.batch "x"',
      [
        'FieldValueInvalid',
        'spec.schedule',
        'Invalid value: "often": expected exactly 5 fields, found 1: [often]',
      ],
    ),
    invalid(
      'a time zone that is none',
      post(`${batch}/cronjobs`, cron('x', { timeZone: 'Middle/Earth' })),
      'CronJob.batch "x"',
      ['FieldValueInvalid', 'spec.timeZone', 'Invalid value: "Middle/Earth": unknown time zone Middle/Earth'],
    ),
    invalid(
      'a long name of a cron job',
      post(`${batch}/cronjobs`, cron('x'.repeat(53))),
      `CronJob.batch "${'x'.repeat(53)}"`,
      [
        'FieldValueInvalid',
        'metadata.name',
        `Invalid value: "${'x'.repeat(53)}": must be no more than 52 characters`,
      ],
    ),
    invalid(
      'an autoscaler of nothing',
      post(
        `/apis/autoscaling/v2/${ns}/horizontalpodautoscalers`,
        object('autoscaling/v2', 'HorizontalPodAutoscaler', 'x', {
          spec: { maxReplicas: 0, scaleTargetRef: { kind: '', name: '' } },
        }),
      ),
      'HorizontalPodAutoscaler.autoscaling "x"',
      ['FieldValueRequired', 'spec.maxReplicas', 'Required value: must be set and greater than 0'],
      [
        'FieldValueInvalid',
        'spec.maxReplicas',
        'Invalid value: 0: must be greater than or equal to `minReplicas`',
      ],
      ['FieldValueRequired', 'spec.scaleTargetRef.kind', required],
      ['FieldValueRequired', 'spec.scaleTargetRef.name', required],
      [
        'FieldValueInvalid',
        'spec.scaleTargetRef.apiVersion',
        'Invalid value: "": apiVersion must specify API group',
      ],
    ),
    invalid(
      'a budget of two kinds',
      post(
        `/apis/policy/v1/${ns}/poddisruptionbudgets`,
        object('policy/v1', 'PodDisruptionBudget', 'x', {
          spec: { minAvailable: 1, maxUnavailable: 1, selector: {} },
        }),
      ),
      'PodDisruptionBudget.policy "x"',
      [
        'FieldValueInvalid',
        'spec',
        'Invalid value: {"MinAvailable":1,"Selector":{},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    ),
    answered(
      'the columns',
      get(`${apps}/deployments/d`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      200,
      {
        body: {
          columnDefinitions: [
            { name: 'Name' },
            { name: 'Ready' },
            { name: 'Up-to-date', type: 'string' },
            { name: 'Available', type: 'string' },
            { name: 'Age' },
            { name: 'Containers', priority: 1 },
            { name: 'Images', priority: 1 },
            { name: 'Selector', priority: 1 },
          ],
          rows: [{ cells: ['d', '0/5', 0, 0, /s$/, 'c', 'i', 'app=x'] }],
        },
      },
    ),
  ],
};
