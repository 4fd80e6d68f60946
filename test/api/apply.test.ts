/** Server-side apply and managedFields, over the wire. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ManagedFieldsEntry } from '#machinery/object.ts';
import { WiredCluster, type WireAnswer } from './wire.ts';

const applyType = 'application/apply-patch+yaml';
const mergeType = 'application/merge-patch+json';

interface Loose {
  readonly metadata: Record<string, unknown> & { managedFields?: ManagedFieldsEntry[] };
  readonly [field: string]: unknown;
}

let cluster: WiredCluster;
before(async () => {
  cluster = await WiredCluster.start({ controllers: [] });
});
after(() => cluster[Symbol.asyncDispose]());

const agent = (name: string) => ({ 'user-agent': `${name}/v1.0 (linux/amd64)` });

function send(method: string, path: string, body: unknown, type = 'application/json', program = 'test') {
  return cluster.send({ method, path, body, headers: { 'content-type': type, ...agent(program) } });
}

const apply = (path: string, body: unknown, query = 'fieldManager=applier') =>
  send('PATCH', `${path}?${query}`, body, applyType);

const get = async (path: string): Promise<Loose> => (await cluster.send({ path })).json as unknown as Loose;

/** The entries without times, by manager, operation and subresource. */
function managersOf(object: unknown): Record<string, unknown> {
  const entries = (object as Loose).metadata.managedFields ?? [];
  return Object.fromEntries(
    entries.map(({ manager, operation, subresource, fieldsV1 }) => [
      [manager, operation, ...(subresource ? [subresource] : [])].join(' '),
      fieldsV1,
    ]),
  );
}

const core = '/api/v1/namespaces/default';
const configMap = (name: string, data?: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  ...(data ? { data } : {}),
});
const apps = '/apis/apps/v1/namespaces/default/deployments';
const deployment = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx', ...container }] },
    },
    ...spec,
  },
});

const conflictsOf = (answer: WireAnswer) => {
  assert.equal(answer.status, 409);
  assert.equal(answer.json.reason, 'Conflict');
  return answer.json.details?.causes;
};

describe('writes that are no apply', () => {
  it('make their program the manager of what they set', async () => {
    const made = await send(
      'POST',
      `${core}/configmaps`,
      configMap('tracked', { a: '1' }),
      undefined,
      'maker',
    );
    const [entry] = (made.json as unknown as Loose).metadata.managedFields!;
    assert.match(entry!.time!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual(
      { ...entry, time: '' },
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: '',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
      },
    );
  });

  it('take the name that the query gives', async () => {
    await send('POST', `${core}/configmaps?fieldManager=named`, configMap('named', { a: '1' }));
    assert.deepEqual(Object.keys(managersOf(await get(`${core}/configmaps/named`))), ['named Update']);
  });

  it('move fields from manager to manager', async () => {
    await send('POST', `${core}/configmaps`, configMap('moved', { a: '1', b: '1' }), undefined, 'one');
    const path = `${core}/configmaps/moved`;
    await send('PATCH', path, { data: { a: '2' } }, mergeType, 'two');
    await send(
      'PATCH',
      path,
      [{ op: 'add', path: '/data/c', value: '3' }],
      'application/json-patch+json',
      'three',
    );
    const now = await get(path);
    assert.deepEqual(managersOf(now), {
      'one Update': { 'f:data': { '.': {}, 'f:b': {} } },
      'two Update': { 'f:data': { 'f:a': {} } },
      'three Update': { 'f:data': { 'f:c': {} } },
    });
    const { data: _, ...rest } = now;
    await send('PUT', path, { ...rest, data: { b: '1' } }, undefined, 'four');
    assert.deepEqual(managersOf(await get(path)), { 'one Update': { 'f:data': { '.': {}, 'f:b': {} } } });
  });

  it('own zero values that are not left out, and no container of a struct', async () => {
    const made = await send('POST', `${apps}?fieldManager=one`, deployment('shape', { replicas: 0 }));
    const [entry] = (made.json as unknown as Loose).metadata.managedFields!;
    assert.deepEqual(entry!.fieldsV1, {
      'f:spec': {
        'f:progressDeadlineSeconds': {},
        'f:replicas': {},
        'f:revisionHistoryLimit': {},
        'f:selector': {},
        'f:strategy': {
          'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
          'f:type': {},
        },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:imagePullPolicy': {},
                'f:name': {},
                'f:resources': {},
                'f:terminationMessagePath': {},
                'f:terminationMessagePolicy': {},
              },
            },
            'f:dnsPolicy': {},
            'f:restartPolicy': {},
            'f:schedulerName': {},
            'f:securityContext': {},
            'f:terminationGracePeriodSeconds': {},
          },
        },
      },
    });
  });

  it('keep status and spec apart', async () => {
    await send('POST', `${apps}?fieldManager=one`, deployment('apart'));
    const before = await get(`${apps}/apart`);
    const changed = { ...before, spec: { ...(before.spec as object), replicas: 7 }, status: { replicas: 5 } };
    const answer = await send('PUT', `${apps}/apart/status?fieldManager=two`, changed);
    assert.equal(answer.status, 200);
    const managers = managersOf(answer.json);
    assert.deepEqual(managers['two Update status'], { 'f:status': { 'f:replicas': {} } });
    assert.deepEqual(managers['one Update'], managersOf(before)['one Update']);
    const again = await get(`${apps}/apart`);
    const back = { ...again, spec: { ...(again.spec as object), paused: true }, status: {} };
    const spec = managersOf((await send('PUT', `${apps}/apart?fieldManager=three`, back)).json);
    assert.deepEqual(spec['three Update'], { 'f:spec': { 'f:paused': {} } });
    assert.deepEqual(spec['two Update status'], { 'f:status': { 'f:replicas': {} } });
  });

  it('keep what a client cannot have meant, and drop the managers that it resets', async () => {
    await send('POST', `${core}/configmaps?fieldManager=one`, configMap('reset', { a: '1' }));
    const path = `${core}/configmaps/reset`;
    const object = await get(path);
    const bad = [{ manager: 'x', operation: 'Nothing' }];
    const kept = await send('PUT', path, { ...object, metadata: { ...object.metadata, managedFields: bad } });
    assert.deepEqual(Object.keys(managersOf(kept.json)), ['one Update']);
    const cleared = { ...object, metadata: { name: 'reset', managedFields: [{}] } };
    assert.equal((await send('PUT', path, cleared)).status, 200);
    assert.equal((await get(path)).metadata.managedFields, undefined);
    await send('PATCH', path, { data: { b: '2' } }, mergeType, 'two');
    assert.equal((await get(path)).metadata.managedFields, undefined);
  });

  it('take the managers that a client puts right', async () => {
    await send('POST', `${core}/configmaps?fieldManager=one`, configMap('right', { a: '1' }));
    const path = `${core}/configmaps/right`;
    const object = await get(path);
    const [entry] = object.metadata.managedFields!;
    const renamed = [{ ...entry, manager: 'heir' }];
    await send('PUT', path, { ...object, metadata: { ...object.metadata, managedFields: renamed } });
    assert.deepEqual(managersOf(await get(path)), { 'heir Update': entry!.fieldsV1 });
  });

  it('join the oldest of more than ten updaters', async () => {
    await send('POST', `${core}/configmaps?fieldManager=m00`, configMap('many', { k00: '0' }));
    const path = `${core}/configmaps/many`;
    for (let i = 1; i < 14; i++) {
      const name = String(i).padStart(2, '0');
      await send('PATCH', `${path}?fieldManager=m${name}`, { data: { [`k${name}`]: '1' } }, mergeType);
    }
    const managers = managersOf(await get(path));
    assert.equal(Object.keys(managers).length, 10);
    const ancient = managers['ancient-changes Update'] as { 'f:data': object };
    assert.deepEqual(Object.keys(ancient['f:data']), ['.', 'f:k00', 'f:k01', 'f:k02', 'f:k03', 'f:k04']);
  });

  it('write nothing where only a time would change', async () => {
    await send('POST', `${core}/configmaps?fieldManager=one`, configMap('still', { a: '1' }));
    const path = `${core}/configmaps/still`;
    const first = await get(path);
    await send('PUT', path, first);
    await send('PATCH', `${path}?fieldManager=one`, { data: { a: '1' } }, mergeType);
    assert.deepEqual(await get(path), first);
  });
});

describe('server-side apply', () => {
  it('creates what is missing, and answers 201 then and 200 later', async () => {
    const path = `${apps}/made`;
    const made = await apply(path, deployment('made', {}, { ports: [{ containerPort: 80 }] }));
    assert.equal(made.status, 201);
    assert.deepEqual(managersOf(made.json), {
      'applier Apply': {
        'f:spec': {
          'f:selector': {},
          'f:template': {
            'f:metadata': { 'f:labels': { 'f:app': {} } },
            'f:spec': {
              'f:containers': {
                'k:{"name":"c"}': {
                  '.': {},
                  'f:image': {},
                  'f:name': {},
                  'f:ports': {
                    'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} },
                  },
                },
              },
            },
          },
        },
      },
    });
    const again = await apply(path, deployment('made', {}, { ports: [{ containerPort: 80 }] }));
    assert.equal(again.status, 200);
    assert.deepEqual(again.json, made.json);
  });

  it('reads YAML and takes a name from the URL for granted nowhere', async () => {
    const made = await apply(
      `${core}/configmaps/yaml`,
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: "1"}\n',
    );
    assert.equal(made.status, 201);
    const nameless = await apply(`${core}/configmaps/nameless`, { apiVersion: 'v1', kind: 'ConfigMap' });
    assert.equal(nameless.status, 400);
    assert.equal(
      nameless.json.message,
      'the name of the object (nameless based on URL) was undeterminable: name must be provided',
    );
  });

  it('removes what the manager states no more, and shares the rest', async () => {
    const path = `${core}/configmaps/shared`;
    await apply(path, configMap('shared', { a: '1', b: '2' }, { labels: { x: 'y' } }));
    await apply(path, configMap('shared', { b: '2' }), 'fieldManager=other');
    const after = await apply(path, configMap('shared', { c: '3' }));
    assert.deepEqual(after.json.data, { b: '2', c: '3' });
    assert.equal((after.json as unknown as Loose).metadata.labels, undefined);
    assert.deepEqual(managersOf(after.json), {
      'applier Apply': { 'f:data': { 'f:c': {} } },
      'other Apply': { 'f:data': { 'f:b': {} } },
    });
  });

  it('says who has a field otherwise', async () => {
    const path = `${apps}/fought`;
    await apply(path, deployment('fought', { replicas: 1 }));
    await send('PATCH', `${path}?fieldManager=updater`, { spec: { paused: true } }, mergeType);
    const one = await apply(path, { ...deployment('fought'), spec: { replicas: 2 } }, 'fieldManager=other');
    assert.deepEqual(conflictsOf(one), [
      { reason: 'FieldManagerConflict', message: 'conflict with "applier"', field: '.spec.replicas' },
    ]);
    assert.equal(one.json.message, 'Apply failed with 1 conflict: conflict with "applier": .spec.replicas');
    const wanted = { ...deployment('fought', { replicas: 2, paused: false }, { image: 'httpd' }) };
    const more = await apply(path, wanted, 'fieldManager=other');
    assert.equal(conflictsOf(more)?.length, 3);
    assert.equal(
      more.json.message,
      [
        'Apply failed with 3 conflicts: conflicts with "applier":',
        '- .spec.replicas',
        '- .spec.template.spec.containers[name="c"].image',
        'conflicts with "updater" using apps/v1:',
        '- .spec.paused',
      ].join('\n'),
    );
    const forced = await apply(path, wanted, 'fieldManager=other&force=true');
    assert.equal(forced.status, 200);
    const managers = managersOf(forced.json);
    assert.equal(managers['updater Update'], undefined);
    assert.ok(!JSON.stringify(managers['applier Apply']).includes('f:image'));
  });

  it('changes nothing on a dry run', async () => {
    const path = `${core}/configmaps/dry`;
    const made = await apply(path, configMap('dry', { a: '1' }), 'fieldManager=applier&dryRun=All');
    assert.equal(made.status, 201);
    assert.deepEqual(Object.keys(managersOf(made.json)), ['applier Apply']);
    assert.equal((await cluster.send({ path })).status, 404);
  });

  it('leaves lists of the same keys in the order applied', async () => {
    const path = `${core}/services/ordered`;
    const port = (name: string, number: number) => ({ name, port: number });
    const service = (...ports: object[]) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ordered' },
      spec: { ports },
    });
    await apply(path, service(port('a', 1), port('b', 2)));
    await apply(path, service(port('c', 3)), 'fieldManager=other');
    const answer = await apply(path, service(port('b', 2), port('a', 1)));
    const spec = answer.json.spec as { ports: { name: string; protocol: string }[] };
    assert.deepEqual(
      spec.ports.map(({ name }) => name),
      ['b', 'c', 'a'],
    );
    assert.ok(spec.ports.every(({ protocol }) => protocol === 'TCP'));
  });

  it('compares each manager in the version that it used', async () => {
    const scaler = {
      minReplicas: 1,
      maxReplicas: 3,
      scaleTargetRef: { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' },
    };
    const at = (version: string) =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
    const object = (version: string, spec: object) => ({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'versions' },
      spec,
    });
    const made = await send(
      'POST',
      `${at('v1')}?fieldManager=one`,
      object('v1', { ...scaler, targetCPUUtilizationPercentage: 50 }),
    );
    assert.equal(made.status, 201);
    const metric = (averageUtilization: number) => ({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
    });
    const path = `${at('v2')}/versions`;
    const refused = await apply(path, object('v2', { ...scaler, metrics: [metric(80)] }));
    assert.deepEqual(conflictsOf(refused), [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "one" using autoscaling/v1',
        field: '.spec.targetCPUUtilizationPercentage',
      },
    ]);
    const same = await apply(path, object('v2', { ...scaler, metrics: [metric(50)] }));
    assert.equal(same.status, 200);
    assert.deepEqual(Object.keys(managersOf(same.json)), ['applier Apply', 'one Update']);
  });

  it('reaches status alone through its subresource', async () => {
    await apply(`${apps}/sub`, deployment('sub', { replicas: 1 }));
    const config = { ...deployment('sub', { replicas: 9 }), status: { replicas: 4 } };
    const answer = await apply(`${apps}/sub/status`, config, 'fieldManager=statist');
    assert.equal(answer.status, 200);
    assert.equal((answer.json.spec as { replicas: number }).replicas, 1);
    assert.deepEqual(managersOf(answer.json)['statist Apply status'], { 'f:status': { 'f:replicas': {} } });
    const missing = await apply(`${apps}/nowhere/status`, deployment('nowhere'));
    assert.equal(missing.status, 404);
  });

  it('follows replicas through the scale subresource', async () => {
    const path = `${apps}/scaled`;
    await apply(path, deployment('scaled', { replicas: 1 }));
    const scale = (replicas: number) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'scaled' },
      spec: { replicas },
    });
    const refused = await apply(`${path}/scale`, scale(2), 'fieldManager=scaler');
    assert.deepEqual(conflictsOf(refused), [
      { reason: 'FieldManagerConflict', message: 'conflict with "applier"', field: '.spec.replicas' },
    ]);
    assert.equal((await apply(`${path}/scale`, scale(2), 'fieldManager=scaler&force=true')).status, 200);
    const managers = managersOf(await get(path));
    assert.deepEqual(managers['scaler Apply scale'], { 'f:spec': { 'f:replicas': {} } });
    assert.ok(!('f:replicas' in (managers['applier Apply'] as { 'f:spec': object })['f:spec']));
    await send('PATCH', `${path}/scale?fieldManager=patcher`, { spec: { replicas: 3 } }, mergeType);
    const later = managersOf(await get(path));
    assert.deepEqual(later['patcher Update scale'], { 'f:spec': { 'f:replicas': {} } });
    assert.equal(later['scaler Apply scale'], undefined);
  });

  it('owns all that was there before managers were known', async () => {
    const path = `${core}/configmaps/before`;
    await send('POST', `${core}/configmaps`, configMap('before', { a: '1', b: '2' }));
    const object = await get(path);
    await send('PUT', path, { ...object, metadata: { name: 'before', managedFields: [{}] } });
    assert.deepEqual(conflictsOf(await apply(path, configMap('before', { a: '2' }))), [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "before-first-apply" using v1',
        field: '.data.a',
      },
    ]);
    const answer = await apply(path, configMap('before', { a: '1' }));
    assert.deepEqual(managersOf(answer.json), {
      'applier Apply': { 'f:data': { 'f:a': {} } },
      'before-first-apply Update': { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } },
    });
  });

  it('lets kubectl take over what it applied on the client side, and keeps its annotation', async () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const last = configMap('taken', { a: '1', b: '2' });
    const annotations = { [annotation]: JSON.stringify(last) };
    const path = `${core}/configmaps/taken`;
    const query = 'fieldManager=kubectl-client-side-apply';
    await send('POST', `${core}/configmaps?${query}`, configMap('taken', last.data, { annotations }));
    const others = await apply(path, configMap('taken', { a: '2' }), 'fieldManager=somebody');
    assert.equal(others.status, 409);
    const answer = await apply(path, configMap('taken', { a: '2' }), 'fieldManager=kubectl');
    assert.equal(answer.status, 200);
    const { metadata, data } = answer.json as unknown as Loose;
    assert.deepEqual(data, { a: '2', b: '2' });
    assert.equal(
      (metadata.annotations as Record<string, string>)[annotation],
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"taken"}}\n',
    );
    await send('PATCH', `${path}?fieldManager=thief`, { data: { a: '3' } }, mergeType);
    const refused = await apply(path, configMap('taken', { a: '4' }), 'fieldManager=kubectl');
    assert.equal(refused.status, 409);
  });

  it('needs the right to create what it creates', async () => {
    const object = configMap('forbidden', { a: '1' });
    const headers = { 'content-type': applyType, 'impersonate-user': 'patcher' };
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch', 'get'] }];
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'patcher' },
      rules,
    };
    await send('POST', `${rbac}/clusterroles`, role);
    await send('POST', `${rbac}/clusterrolebindings`, {
      ...role,
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'patcher' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'patcher' }],
    });
    const path = `${core}/configmaps/forbidden?fieldManager=applier`;
    const refused = await cluster.send({ method: 'PATCH', path, body: object, headers });
    assert.equal(refused.status, 403);
    assert.match(refused.json.message!, /cannot create resource "configmaps"/);
    await send('POST', `${core}/configmaps`, object);
    assert.equal((await cluster.send({ method: 'PATCH', path, body: object, headers })).status, 200);
  });
});

const customDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'boats', singular: 'boat', kind: 'Boat' },
    versions: ['v1', 'v2'].map(name => ({
      name,
      served: true,
      storage: name === 'v1',
      subresources: {
        status: {},
        scale: { specReplicasPath: '.spec.oars', statusReplicasPath: '.status.oars' },
      },
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: {
              type: 'object',
              properties: {
                oars: { type: 'integer' },
                crew: {
                  type: 'array',
                  'x-kubernetes-list-type': 'map',
                  'x-kubernetes-list-map-keys': ['seat', 'side'],
                  items: {
                    type: 'object',
                    required: ['seat'],
                    properties: {
                      seat: { type: 'integer' },
                      side: { type: 'string', default: 'port' },
                      name: { type: 'string' },
                    },
                  },
                },
                ports: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
                course: {
                  type: 'object',
                  'x-kubernetes-map-type': 'atomic',
                  properties: { from: { type: 'string' }, to: { type: 'string' } },
                },
                cargo: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
              },
            },
            status: { type: 'object', properties: { oars: { type: 'integer' } } },
          },
        },
      },
    })),
  },
};

describe('custom resources', () => {
  const at = (version: string, name: string) =>
    `/apis/example.com/${version}/namespaces/default/boats/${name}`;
  const boat = (version: string, name: string, spec: object) => ({
    apiVersion: `example.com/${version}`,
    kind: 'Boat',
    metadata: { name },
    spec,
  });

  before(async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    assert.equal((await send('POST', path, customDefinition)).status, 201);
    const established = async () =>
      (await cluster.send({ path: '/apis/example.com/v2/boats' })).status === 200;
    while (!(await established())) await new Promise(resolve => setTimeout(resolve, 20));
  });

  it('are followed by their own types', async () => {
    const spec = {
      oars: 4,
      crew: [{ seat: 1, name: 'ann' }],
      ports: ['a'],
      course: { from: 'a' },
      cargo: { tea: { tons: 1 } },
    };
    const made = await apply(at('v1', 'typed'), boat('v1', 'typed', spec));
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(managersOf(made.json)['applier Apply'], {
      'f:spec': {
        'f:cargo': { 'f:tea': { '.': {}, 'f:tons': {} } },
        'f:course': {},
        'f:crew': { 'k:{"seat":1,"side":"port"}': { '.': {}, 'f:name': {}, 'f:seat': {} } },
        'f:oars': {},
        'f:ports': { 'v:"a"': {} },
      },
    });
    const other = {
      crew: [{ seat: 1, name: 'bob' }],
      ports: ['b'],
      course: { to: 'b' },
      cargo: { tea: { tons: 2 } },
    };
    const refused = await apply(at('v2', 'typed'), boat('v2', 'typed', other), 'fieldManager=other');
    assert.deepEqual(
      conflictsOf(refused)?.map(({ field }) => field),
      ['.spec.course', '.spec.cargo.tea.tons', '.spec.crew[seat=1,side="port"].name'],
    );
    const unknown = await apply(at('v1', 'typed'), boat('v1', 'typed', { wheels: 4 }));
    assert.equal(
      unknown.json.message,
      'failed to create typed patch object (/typed; example.com/v1, Kind=Boat): .spec.wheels: field not declared in schema',
    );
  });

  it('belong, made by others, to their makers whole', async () => {
    const made = await send(
      'POST',
      `${at('v1', '')}?fieldManager=maker`.replace('/?', '?'),
      boat('v1', 'posted', { oars: 2 }),
    );
    assert.deepEqual(managersOf(made.json), { 'maker Update': { 'f:spec': { '.': {}, 'f:oars': {} } } });
    const patch = { metadata: { labels: { a: 'b' } }, spec: { oars: 9 }, status: { oars: 2 } };
    const status = await send('PATCH', `${at('v1', 'posted')}/status?fieldManager=s`, patch, mergeType);
    assert.deepEqual(managersOf(status.json)['s Update status'], { 'f:status': { '.': {}, 'f:oars': {} } });
  });

  it('keep managers of every version when they are scaled', async () => {
    await apply(at('v1', 'scaled'), boat('v1', 'scaled', { ports: ['a'] }));
    await send('PATCH', `${at('v2', 'scaled')}?fieldManager=two`, { spec: { oars: 2 } }, mergeType);
    const scale = `${at('v1', 'scaled')}/scale?fieldManager=scaler`;
    assert.equal((await send('PATCH', scale, { spec: { replicas: 6 } }, mergeType)).status, 200);
    assert.deepEqual(managersOf(await get(at('v1', 'scaled'))), {
      'applier Apply': { 'f:spec': { 'f:ports': { 'v:"a"': {} } } },
      'scaler Update scale': { 'f:spec': { 'f:oars': {} } },
    });
  });

  it('have no strategic merge', async () => {
    const type = 'application/strategic-merge-patch+json';
    const answer = await send('PATCH', at('v1', 'nowhere'), {}, type);
    assert.equal(answer.status, 415);
    assert.ok(!answer.json.message!.includes(type));
  });
});

describe('an apply that is refused', () => {
  const refusals: readonly [string, unknown, string, number, string | RegExp][] = [
    [
      'without a manager',
      configMap('no', {}),
      '',
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ],
    [
      'with managers of its own',
      configMap('no', {}, { managedFields: [] }),
      'fieldManager=x',
      400,
      'metadata.managedFields must be nil',
    ],
    [
      'of another kind',
      { ...configMap('no'), kind: 'Secret' },
      'fieldManager=x',
      400,
      'invalid object type: /v1, Kind=Secret',
    ],
    [
      'of another name',
      configMap('other'),
      'fieldManager=x',
      400,
      'the name of the object (other) does not match the name on the URL (no)',
    ],
    [
      'of another namespace',
      configMap('no', {}, { namespace: 'kube-system' }),
      'fieldManager=x',
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'with fields that its type has not',
      { ...configMap('no'), foo: 1 },
      'fieldManager=x',
      500,
      'failed to create typed patch object (/no; /v1, Kind=ConfigMap): .foo: field not declared in schema',
    ],
    [
      'with values of wrong types',
      configMap('no', { a: 1 }),
      'fieldManager=x',
      500,
      'failed to create typed patch object (/no; /v1, Kind=ConfigMap): .data.a: expected string, got &value.valueUnstructured{Value:1}',
    ],
    [
      'with a uid of what is not there',
      configMap('no', {}, { uid: 'abc' }),
      'fieldManager=x',
      409,
      'Operation cannot be fulfilled on configmaps "no": uid mismatch: the provided object specified uid abc, and no existing object was found',
    ],
    [
      'that is no YAML',
      '{a: [',
      'fieldManager=x',
      400,
      /^error decoding YAML: error converting YAML to JSON: /,
    ],
    [
      'that is no object',
      '- a\n',
      'fieldManager=x',
      400,
      'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'that says a thing twice, where that is minded',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: no}\ndata: {a: "1", a: "2"}\n',
      'fieldManager=x&fieldValidation=Strict',
      400,
      /^error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n {2}line 4: key "a" already set in map$/,
    ],
  ];
  for (const [what, body, query, status, message] of refusals) {
    it(what, async () => {
      const answer = await apply(`${core}/configmaps/no`, body, query);
      assert.equal(answer.status, status, answer.text);
      if (typeof message === 'string') assert.equal(answer.json.message, message);
      else assert.match(answer.json.message!, message);
      if (status === 500) assert.equal(answer.json.reason, undefined);
    });
  }

  it('in CBOR', async () => {
    const answer = await send(
      'PATCH',
      `${core}/configmaps/no?fieldManager=x`,
      {},
      'application/apply-patch+cbor',
    );
    assert.equal(answer.status, 415);
    assert.equal(
      answer.json.message,
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    );
  });
});
