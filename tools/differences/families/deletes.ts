import { type Family, answered, configMap, get, object, post, refused, remove } from '../case.ts';

const base = '/api/v1/namespaces/deletes';
const maps = `${base}/configmaps`;
const options = 'DeleteOptions.meta.k8s.io "" is invalid: ';
const conflict = 'Operation cannot be fulfilled on ConfigMap "a": ';
const many = ['a', 'b', 'c', 'held'];

/** The ends of objects. */
export const deletesFamily: Family = {
  title: 'Deletes',
  source:
    'apiserver endpoints/handlers/delete.go, registry/rest/delete.go, apimachinery apis/meta/v1/validation',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'deletes')),
    ...many.map(name =>
      post(maps, configMap(name, {}, name === 'held' ? { finalizers: ['a.b/c'] } : { labels: { name } })),
    ),
    post(`${base}/serviceaccounts`, object('v1', 'ServiceAccount', 'default')),
    post(
      `${base}/pods`,
      object('v1', 'Pod', 'p', { spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } }),
    ),
  ],
  cases: [
    refused(
      'half a body',
      remove(`${maps}/a`, '{'),
      400,
      'BadRequest',
      /unexpected end of JSON input|json parse error/,
    ),
    refused(
      'no such policy',
      remove(`${maps}/a`, { propagationPolicy: 'X' }),
      422,
      'Invalid',
      `${options}propagationPolicy: Unsupported value: "X": supported values: "Foreground", "Background", "Orphan", "nil"`,
    ),
    refused(
      'two policies',
      remove(`${maps}/a`, { propagationPolicy: 'Orphan', orphanDependents: true }),
      422,
      'Invalid',
      /propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set$/,
    ),
    refused(
      'no such dry run',
      remove(`${maps}/a?dryRun=X`),
      422,
      'Invalid',
      `${options}dryRun: Unsupported value: ["X"]: supported values: "All"`,
    ),
    refused(
      'another uid',
      remove(`${maps}/a`, { preconditions: { uid: 'u' } }),
      409,
      'Conflict',
      new RegExp(
        `^${conflict}the UID in the precondition \\(u\\) does not match the UID in record \\([0-9a-f-]{36}\\)\\. The object might have been deleted and then recreated$`,
      ),
    ),
    refused(
      'another resource version',
      remove(`${maps}/a`, { preconditions: { resourceVersion: '1' } }),
      409,
      'Conflict',
      new RegExp(
        `^${conflict}the ResourceVersion in the precondition \\(1\\) does not match the ResourceVersion in record \\(\\d+\\)\\. The object might have been modified$`,
      ),
    ),
    answered('a dry run', remove(`${maps}/a?dryRun=All`), 200, {
      body: { kind: 'Status', status: 'Success' },
    }),
    answered('an object', remove(`${maps}/a`), 200, {
      body: {
        kind: 'Status',
        status: 'Success',
        details: { name: 'a', kind: 'configmaps', uid: /^[0-9a-f-]{36}$/ },
        code: null,
      },
    }),
    refused('it again', remove(`${maps}/a`), 404, 'NotFound', 'configmaps "a" not found'),
    answered('an object with a finalizer', remove(`${maps}/held`), 200, {
      body: {
        kind: 'ConfigMap',
        metadata: { deletionTimestamp: /Z$/, deletionGracePeriodSeconds: 0, finalizers: ['a.b/c'] },
      },
    }),
    refused(
      'a new one in the place of what is about to go',
      post(maps, configMap('held')),
      409,
      'AlreadyExists',
      'object is being deleted: configmaps "held" already exists',
    ),
    answered('in the foreground', remove(`${maps}/b`, { propagationPolicy: 'Foreground' }), 200, {
      body: { kind: 'ConfigMap', metadata: { finalizers: ['foregroundDeletion'], deletionTimestamp: /Z$/ } },
    }),
    answered('a running pod', remove(`${base}/pods/p`, { gracePeriodSeconds: 7 }), 200, {
      body: { kind: 'Pod', metadata: { deletionGracePeriodSeconds: 7, deletionTimestamp: /Z$/ } },
    }),
    answered('a running pod at once', remove(`${base}/pods/p?gracePeriodSeconds=0`), 200, {
      body: { kind: 'Pod' },
    }),
    answered('it is gone', get(`${base}/pods`), 200, { body: { items: [] } }),
    answered('a selection', remove(`${maps}?labelSelector=name%3Dc`), 200, {
      body: { kind: 'ConfigMapList', items: [{ metadata: { name: 'c' } }] },
    }),
    answered('the others wait for their finalizers', get(maps), 200, {
      body: { items: [{ metadata: { name: 'b' } }, { metadata: { name: 'held' } }] },
    }),
    refused(
      'the namespace of the defaults',
      remove('/api/v1/namespaces/default'),
      403,
      'Forbidden',
      'namespaces "default" is forbidden: this namespace may not be deleted',
    ),
    answered('a namespace', remove('/api/v1/namespaces/deletes'), 200, {
      body: {
        kind: 'Namespace',
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Terminating' },
        metadata: { deletionTimestamp: /Z$/ },
      },
    }),
    refused(
      'nothing new in a namespace that ends',
      post(maps, configMap('new')),
      403,
      'Forbidden',
      'configmaps "new" is forbidden: unable to create new content in namespace deletes because it is being terminated',
      { causes: [['NamespaceTerminating', 'metadata.namespace', 'namespace deletes is being terminated']] },
    ),
  ],
};
