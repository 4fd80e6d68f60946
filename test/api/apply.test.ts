/** Server-side apply, over the wire. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ApplyWire,
  applyType,
  mergeType,
  core,
  apps,
  type Loose,
  managersOf,
  conflictsOf,
  configMap,
  deployment,
} from './apply-wire.ts';

let wire: ApplyWire;
before(async () => {
  wire = await ApplyWire.start({ controllers: [] });
});
after(() => wire[Symbol.asyncDispose]());

describe('server-side apply', () => {
  it('creates what is missing, and answers 201 then and 200 later', async () => {
    const path = `${apps}/made`;
    const made = await wire.apply(path, deployment('made', {}, { ports: [{ containerPort: 80 }] }));
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
    const again = await wire.apply(path, deployment('made', {}, { ports: [{ containerPort: 80 }] }));
    assert.equal(again.status, 200);
    assert.deepEqual(again.json, made.json);
  });

  it('reads YAML and takes a name from the URL for granted nowhere', async () => {
    const made = await wire.apply(
      `${core}/configmaps/yaml`,
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: "1"}\n',
    );
    assert.equal(made.status, 201);
    const nameless = await wire.apply(`${core}/configmaps/nameless`, { apiVersion: 'v1', kind: 'ConfigMap' });
    assert.equal(nameless.status, 400);
    assert.equal(
      nameless.json.message,
      'the name of the object (nameless based on URL) was undeterminable: name must be provided',
    );
  });

  it('folds what is written as text into a secret that is there, as often as it is applied', async () => {
    const path = `${core}/secrets/texts`;
    const config = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'texts' }, stringData: { a: 'b' } };
    const made = await wire.apply(path, config);
    const again = await wire.apply(path, config);
    assert.deepEqual(again.json, made.json);
    const patched = await wire.send('PATCH', path, { stringData: { a: 'c' } }, mergeType);
    const { data, stringData } = patched.json as unknown as Loose;
    assert.deepEqual([data, stringData], [{ a: 'Yw==' }, undefined]);
  });

  it('removes what the manager states no more, and shares the rest', async () => {
    const path = `${core}/configmaps/shared`;
    await wire.apply(path, configMap('shared', { a: '1', b: '2' }, { labels: { x: 'y' } }));
    await wire.apply(path, configMap('shared', { b: '2' }), 'fieldManager=other');
    const after = await wire.apply(path, configMap('shared', { c: '3' }));
    assert.deepEqual(after.json.data, { b: '2', c: '3' });
    assert.equal((after.json as unknown as Loose).metadata.labels, undefined);
    assert.deepEqual(managersOf(after.json), {
      'applier Apply': { 'f:data': { 'f:c': {} } },
      'other Apply': { 'f:data': { 'f:b': {} } },
    });
  });

  it('says who has a field otherwise', async () => {
    const path = `${apps}/fought`;
    await wire.apply(path, deployment('fought', { replicas: 1 }));
    await wire.send('PATCH', `${path}?fieldManager=updater`, { spec: { paused: true } }, mergeType);
    const one = await wire.apply(
      path,
      { ...deployment('fought'), spec: { replicas: 2 } },
      'fieldManager=other',
    );
    assert.deepEqual(conflictsOf(one), [
      { reason: 'FieldManagerConflict', message: 'conflict with "applier"', field: '.spec.replicas' },
    ]);
    assert.equal(one.json.message, 'Apply failed with 1 conflict: conflict with "applier": .spec.replicas');
    const wanted = { ...deployment('fought', { replicas: 2, paused: false }, { image: 'httpd' }) };
    const more = await wire.apply(path, wanted, 'fieldManager=other');
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
    const forced = await wire.apply(path, wanted, 'fieldManager=other&force=true');
    assert.equal(forced.status, 200);
    const managers = managersOf(forced.json);
    assert.equal(managers['updater Update'], undefined);
    assert.ok(!JSON.stringify(managers['applier Apply']).includes('f:image'));
  });

  it('changes nothing on a dry run', async () => {
    const path = `${core}/configmaps/dry`;
    const made = await wire.apply(path, configMap('dry', { a: '1' }), 'fieldManager=applier&dryRun=All');
    assert.equal(made.status, 201);
    assert.deepEqual(Object.keys(managersOf(made.json)), ['applier Apply']);
    assert.equal((await wire.cluster.send({ path })).status, 404);
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
    await wire.apply(path, service(port('a', 1), port('b', 2)));
    await wire.apply(path, service(port('c', 3)), 'fieldManager=other');
    const answer = await wire.apply(path, service(port('b', 2), port('a', 1)));
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
    const made = await wire.send(
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
    const refused = await wire.apply(path, object('v2', { ...scaler, metrics: [metric(80)] }));
    assert.deepEqual(conflictsOf(refused), [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "one" using autoscaling/v1',
        field: '.spec.targetCPUUtilizationPercentage',
      },
    ]);
    const same = await wire.apply(path, object('v2', { ...scaler, metrics: [metric(50)] }));
    assert.equal(same.status, 200);
    assert.deepEqual(Object.keys(managersOf(same.json)), ['applier Apply', 'one Update']);
  });

  it('keeps what one version must have and another version applied, and tells v1 the rest in order', async () => {
    const scaleTargetRef = { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' };
    const at = (version: string) =>
      `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers/emptied`;
    const object = (version: string, more: object) => ({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'emptied' },
      ...more,
    });
    const target = { type: 'AverageValue', averageValue: '1Gi' };
    const metrics = [{ type: 'Resource', resource: { name: 'memory', target } }];
    const behavior = { scaleDown: { stabilizationWindowSeconds: 5 } };
    const spec = { maxReplicas: 4, scaleTargetRef, metrics, behavior };
    assert.equal((await wire.apply(at('v2'), object('v2', { spec }))).status, 201);
    const names = (json: object) => Object.keys((json as { metadata: Loose }).metadata.annotations as object);
    assert.deepEqual(
      names(await wire.get(at('v1'))),
      ['behavior', 'metrics'].map(name => `autoscaling.alpha.kubernetes.io/${name}`),
    );
    const emptied = await wire.apply(at('v1'), object('v1', {}));
    assert.deepEqual((emptied.json as unknown as { spec: object }).spec, {
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 4,
      targetCPUUtilizationPercentage: 80,
    });
  });

  it('reaches status alone through its subresource', async () => {
    await wire.apply(`${apps}/sub`, deployment('sub', { replicas: 1 }));
    const config = { ...deployment('sub', { replicas: 9 }), status: { replicas: 4 } };
    const answer = await wire.apply(`${apps}/sub/status`, config, 'fieldManager=statist');
    assert.equal(answer.status, 200);
    assert.equal((answer.json.spec as { replicas: number }).replicas, 1);
    assert.deepEqual(managersOf(answer.json)['statist Apply status'], { 'f:status': { 'f:replicas': {} } });
    const missing = await wire.apply(`${apps}/nowhere/status`, deployment('nowhere'));
    assert.equal(missing.status, 404);
  });

  it('follows replicas through the scale subresource', async () => {
    const path = `${apps}/scaled`;
    await wire.apply(path, deployment('scaled', { replicas: 1 }));
    const scale = (replicas: number) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'scaled' },
      spec: { replicas },
    });
    const refused = await wire.apply(`${path}/scale`, scale(2), 'fieldManager=scaler');
    assert.deepEqual(conflictsOf(refused), [
      { reason: 'FieldManagerConflict', message: 'conflict with "applier"', field: '.spec.replicas' },
    ]);
    assert.equal((await wire.apply(`${path}/scale`, scale(2), 'fieldManager=scaler&force=true')).status, 200);
    const managers = managersOf(await wire.get(path));
    assert.deepEqual(managers['scaler Apply scale'], { 'f:spec': { 'f:replicas': {} } });
    assert.ok(!('f:replicas' in (managers['applier Apply'] as { 'f:spec': object })['f:spec']));
    await wire.send('PATCH', `${path}/scale?fieldManager=patcher`, { spec: { replicas: 3 } }, mergeType);
    const later = managersOf(await wire.get(path));
    assert.deepEqual(later['patcher Update scale'], { 'f:spec': { 'f:replicas': {} } });
    assert.equal(later['scaler Apply scale'], undefined);
  });

  it('tells who updated replicas from who updates them through a Scale, whoever that is', async () => {
    const path = `${apps}/updated`;
    await wire.send('POST', `${apps}?fieldManager=one`, deployment('updated', { replicas: 1 }));
    await wire.send('PATCH', `${path}/scale?fieldManager=one`, { spec: { replicas: 1 } }, mergeType);
    const { managedFields } = (await wire.get(path)).metadata as unknown as { managedFields: Loose[] };
    assert.deepEqual(
      managedFields.map(({ manager, time }) => [manager, time !== undefined]),
      [
        ['one', false],
        ['one', true],
      ],
    );
    assert.deepEqual(managedFields[0]!.fieldsV1, { 'f:spec': { 'f:replicas': {} } });
  });

  it('owns all that was there before managers were known', async () => {
    const path = `${core}/configmaps/before`;
    await wire.send('POST', `${core}/configmaps`, configMap('before', { a: '1', b: '2' }));
    const object = await wire.get(path);
    await wire.send('PUT', path, { ...object, metadata: { name: 'before', managedFields: [{}] } });
    assert.deepEqual(conflictsOf(await wire.apply(path, configMap('before', { a: '2' }))), [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "before-first-apply" using v1',
        field: '.data.a',
      },
    ]);
    const answer = await wire.apply(path, configMap('before', { a: '1' }));
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
    await wire.send('POST', `${core}/configmaps?${query}`, configMap('taken', last.data, { annotations }));
    const others = await wire.apply(path, configMap('taken', { a: '2' }), 'fieldManager=somebody');
    assert.equal(others.status, 409);
    const answer = await wire.apply(path, configMap('taken', { a: '2' }), 'fieldManager=kubectl');
    assert.equal(answer.status, 200);
    const { metadata, data } = answer.json as unknown as Loose;
    assert.deepEqual(data, { a: '2', b: '2' });
    assert.equal(
      (metadata.annotations as Record<string, string>)[annotation],
      '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"taken"}}\n',
    );
    await wire.send('PATCH', `${path}?fieldManager=thief`, { data: { a: '3' } }, mergeType);
    const refused = await wire.apply(path, configMap('taken', { a: '4' }), 'fieldManager=kubectl');
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
    await wire.send('POST', `${rbac}/clusterroles`, role);
    await wire.send('POST', `${rbac}/clusterrolebindings`, {
      ...role,
      kind: 'ClusterRoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'patcher' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'patcher' }],
    });
    const path = `${core}/configmaps/forbidden?fieldManager=applier`;
    const refused = await wire.cluster.send({ method: 'PATCH', path, body: object, headers });
    assert.equal(refused.status, 403);
    assert.match(refused.json.message!, /cannot create resource "configmaps"/);
    await wire.send('POST', `${core}/configmaps`, object);
    assert.equal((await wire.cluster.send({ method: 'PATCH', path, body: object, headers })).status, 200);
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
      'with what only its Go type cannot read',
      configMap('no', {}, { creationTimestamp: 'x' }),
      'fieldManager=x',
      500,
      'failed to convert new object (/no; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
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
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "no"}\ndata: {a: "1", a: "2"}\n',
      'fieldManager=x&fieldValidation=Strict',
      400,
      /^error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n {2}line 4: key "a" already set in map$/,
    ],
  ];
  for (const [what, body, query, status, message] of refusals) {
    it(what, async () => {
      const answer = await wire.apply(`${core}/configmaps/no`, body, query);
      assert.equal(answer.status, status, answer.text);
      if (typeof message === 'string') assert.equal(answer.json.message, message);
      else assert.match(answer.json.message!, message);
      if (status === 500) assert.equal(answer.json.reason, undefined);
    });
  }

  it('by validation, not by its lists, where a key is left out', async () => {
    const nameless = deployment('no', {}, { name: undefined });
    const answer = await wire.apply(`${apps}/no`, nameless);
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.json.details?.causes, [
      {
        reason: 'FieldValueRequired',
        message: 'Required value',
        field: 'spec.template.spec.containers[0].name',
      },
    ]);
  });

  it('in CBOR', async () => {
    const answer = await wire.send(
      'PATCH',
      `${core}/configmaps/no?fieldManager=x`,
      {},
      'application/apply-patch+cbor',
    );
    assert.equal(answer.status, 415);
    assert.equal(answer.json.message, '415: Unsupported Media Type');
  });
});
