import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CustomCluster,
  boat,
  boatSchema,
  boats,
  crdsPath,
  definitionOf,
  versionOf,
} from './custom-resources.ts';
import { type WireAnswer, WiredCluster } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const jane = { 'impersonate-user': 'jane' };
const merge = { 'content-type': 'application/merge-patch+json' };

const object = (apiVersion: string, kind: string, name: string, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name, ...more },
});
const map = (name: string, more: object = {}) => object('v1', 'ConfigMap', name, more);
const lease = (name: string, more: object = {}) => object('coordination.k8s.io/v1', 'Lease', name, more);

interface Shown {
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly managedFields?: readonly unknown[];
    readonly continue?: string;
  };
  readonly items?: readonly Shown[];
}

describe('what upstream’s registry does with requests', () => {
  let wired: WiredCluster;
  let cluster: CustomCluster;
  before(async () => {
    wired = await WiredCluster.start({ components: false });
    cluster = new CustomCluster(wired);
  });
  after(() => wired[Symbol.asyncDispose]());

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    cluster.send(method, path, body, headers);
  const shown = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    (await cluster.ok(method, path, body, headers)) as unknown as Shown;
  const said = ({ status, json }: WireAnswer) => `${status} ${json.message}`;

  test('who may update may not create by that', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
    const api = 'rbac.authorization.k8s.io';
    const rules = [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['update'] }];
    await cluster.ok('POST', `${rbac}/roles`, { ...object(`${api}/v1`, 'Role', 'renewer'), rules });
    await cluster.ok('POST', `${rbac}/rolebindings`, {
      ...object(`${api}/v1`, 'RoleBinding', 'renewer'),
      roleRef: { apiGroup: api, kind: 'Role', name: 'renewer' },
      subjects: [{ apiGroup: api, kind: 'User', name: 'jane' }],
    });
    const refused = await send('PUT', `${leases}/new`, lease('new'), jane);
    assert.equal(
      said(refused),
      '403 leases.coordination.k8s.io "new" is forbidden: User "jane" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"',
    );
    assert.equal((await send('PUT', `${leases}/new`, lease('new'))).status, 201);
    assert.equal((await send('GET', `${leases}/new`, undefined, jane)).status, 403);
  });

  test('an update of nothing that means a certain object is no creation', async () => {
    assert.equal(
      said(await send('PUT', `${leases}/gone`, lease('gone', { uid: 'u' }))),
      '409 Operation cannot be fulfilled on leases.coordination.k8s.io "gone": StorageError: invalid object, Code: 4, Key: /registry/leases/default/gone, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: u, UID in object meta: ',
    );
  });

  test('a RuntimeClass may be made by an update', async () => {
    const runtime = { ...object('node.k8s.io/v1', 'RuntimeClass', 'put'), handler: 'h' };
    const path = '/apis/node.k8s.io/v1/runtimeclasses/put';
    assert.equal((await send('PUT', path, runtime)).status, 201);
    assert.equal((await send('PUT', path, runtime)).status, 422, 'what is there is not replaced blindly');
  });

  test('writes of a ServiceCIDR’s status leave its metadata alone', async () => {
    const path = '/apis/networking.k8s.io/v1/servicecidrs';
    const range = object('networking.k8s.io/v1', 'ServiceCIDR', 'more', { labels: { a: '1' } });
    await cluster.ok('POST', path, { ...range, spec: { cidrs: ['10.111.0.0/16'] } });
    const condition = { type: 'Ready', status: 'True', reason: 'Test', message: '' };
    const status = { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    const patch = { ...range, metadata: { name: 'more', labels: { b: '2' } }, status };
    const applied = await shown('PATCH', `${path}/more/status?fieldManager=test`, patch, apply);
    assert.deepEqual(applied.metadata.labels, { a: '1' });
    assert.doesNotMatch(JSON.stringify(applied.metadata.managedFields), /f:b/);
    const merged = await shown('PATCH', `${path}/more/status`, { metadata: { labels: { b: '2' } } }, merge);
    assert.deepEqual(merged.metadata.labels, { a: '1' });
  });

  test('objects are named by who writes them', async () => {
    await cluster.ok('POST', maps, map('named'));
    assert.equal(
      said(await send('PUT', `${maps}/named`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })),
      '400 the name of the object (named based on URL) was undeterminable: name must be provided',
    );
    const namespace = object('v1', 'Namespace', 'placed', { namespace: 'nowhere' });
    for (const [method, path, body, headers] of [
      ['POST', '/api/v1/namespaces', namespace],
      ['PUT', '/api/v1/namespaces/placed', namespace],
      ['PATCH', '/api/v1/namespaces/placed', { metadata: { namespace: 'nowhere' } }, merge],
    ] as const) {
      assert.equal((await shown(method, path, body, headers)).metadata.namespace, undefined, method);
    }
    const unplaced = [{ op: 'remove', path: '/metadata/namespace' }];
    const patched = await shown('PATCH', `${maps}/named`, unplaced, {
      'content-type': 'application/json-patch+json',
    });
    assert.equal(patched.metadata.namespace, 'default');
  });

  test('a name is taken as long as its object is not gone', async () => {
    await cluster.ok('POST', maps, map('going', { finalizers: ['a.b/c'] }));
    await cluster.ok('DELETE', `${maps}/going`);
    assert.equal(
      said(await send('POST', maps, map('going'))),
      '409 object is being deleted: configmaps "going" already exists',
    );
    const { json } = await send('POST', maps, map('going', { generateName: 'go' }));
    assert.equal(
      json.message,
      'object is being deleted: configmaps "going" already exists, the server was not able to generate a unique name for the object',
    );
  });

  test('a deletion says what it wants of dependents each time', async () => {
    await cluster.ok('POST', maps, map('kept', { finalizers: ['a.b/c'] }));
    const finalizers = async (options?: object) =>
      (await shown('DELETE', `${maps}/kept`, options)).metadata.finalizers;
    assert.deepEqual(await finalizers({ propagationPolicy: 'Foreground' }), ['a.b/c', 'foregroundDeletion']);
    assert.deepEqual(await finalizers(), ['a.b/c', 'foregroundDeletion']);
    assert.deepEqual(await finalizers({ orphanDependents: true }), ['a.b/c', 'orphan']);
    assert.deepEqual(await finalizers({ propagationPolicy: 'Background' }), ['a.b/c']);
  });

  test('the metadata of a custom resource is an object', async () => {
    await cluster.define(definitionOf('Raft', [versionOf('v1', boatSchema)]));
    const rafts = boats.replace('boats', 'rafts');
    for (const [metadata, found] of [
      [true, 'bool'],
      ['a', 'string'],
      [7, 'number'],
      [[], 'array'],
    ] as const) {
      const body = { ...boat('odd'), kind: 'Raft', metadata };
      assert.equal(
        said(await send('POST', rafts, body)),
        `400 Raft in version "v1" cannot be handled as a Raft: json: cannot unmarshal ${found} into Go value of type v1.ObjectMeta`,
      );
    }
  });

  test('nothing but a deletion says when an object goes', async () => {
    await cluster.ok('POST', maps, map('lasting'));
    const put = (more: object) => send('PUT', `${maps}/lasting`, map('lasting', more));
    for (const [field, value] of [
      ['deletionTimestamp', '2020-01-01T00:00:00Z'],
      ['deletionGracePeriodSeconds', 5],
    ] as const) {
      assert.equal(
        said(await put({ [field]: value })),
        `422 ConfigMap "lasting" is invalid: metadata.${field}: Invalid value: ${JSON.stringify(value)}: field is immutable`,
      );
    }
    assert.equal((await put({})).status, 200);
  });

  test('flow schemas and priority levels are replaced without their revision', async () => {
    for (const [plural, kind, name] of [
      ['flowschemas', 'FlowSchema', 'system-nodes'],
      ['prioritylevelconfigurations', 'PriorityLevelConfiguration', 'workload-low'],
    ] as const) {
      const path = `/apis/flowcontrol.apiserver.k8s.io/v1/${plural}/${name}`;
      const { spec } = (await shown('GET', path)) as Shown & { spec: unknown };
      const body = { ...object('flowcontrol.apiserver.k8s.io/v1', kind, name), spec };
      assert.equal((await send('PUT', path, body)).status, 200, plural);
    }
  });

  test('kinds with an end of their own tell since when, and of no grace', async () => {
    await cluster.ok('POST', '/api/v1/namespaces', object('v1', 'Namespace', 'ending'));
    const { metadata } = await shown('DELETE', '/api/v1/namespaces/ending');
    assert.ok(metadata.deletionTimestamp);
    assert.equal(metadata.deletionGracePeriodSeconds, undefined);
    await cluster.define(definitionOf('Ship', [versionOf('v1', boatSchema)]));
    const wrong = await send('DELETE', `${crdsPath}/ships.example.com`, { preconditions: { uid: 'u' } });
    assert.match(
      said(wrong),
      /^409 Operation cannot be fulfilled on customresourcedefinitions\.apiextensions\.k8s\.io "ships\.example\.com": Precondition failed: UID in precondition: u, UID in object meta: /,
    );
    const options = { propagationPolicy: 'Foreground' };
    const definition = await shown('DELETE', `${crdsPath}/ships.example.com`, options);
    assert.deepEqual(
      [definition.metadata.generation, definition.metadata.deletionGracePeriodSeconds],
      [1, undefined],
    );
    assert.deepEqual(definition.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
  });

  test('a pod that goes at once shows its deletion first, and is answered as it went', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { nodeName: 'somewhere', containers: [{ name: 'c', image: 'i' }] };
    await shown('POST', '/api/v1/namespaces/default/serviceaccounts', object('v1', 'ServiceAccount', 'pods'));
    const pod = { ...object('v1', 'Pod', 'forced'), spec: { ...spec, serviceAccountName: 'pods' } };
    const { resourceVersion } = (await shown('POST', pods, pod)).metadata;
    const answer = await shown('DELETE', `${pods}/forced?gracePeriodSeconds=0`);
    const query = `watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dforced`;
    const { text } = await send('GET', `${pods}?${query}&resourceVersion=${resourceVersion}`);
    const events = text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { type: string; object: Shown });
    assert.deepEqual(
      events.map(({ type, object: { metadata } }) => [type, metadata.deletionGracePeriodSeconds]),
      [
        ['MODIFIED', 0],
        ['DELETED', 0],
      ],
    );
    assert.deepEqual(answer.metadata, events[1]!.object.metadata);
    assert.notEqual(answer.metadata.resourceVersion, events[0]!.object.metadata.resourceVersion);
  });

  test('a collection is deleted by the page', async () => {
    for (const name of ['p1', 'p2', 'p3'])
      await cluster.ok('POST', maps, map(name, { labels: { page: 'y' } }));
    const selected = `${maps}?labelSelector=page`;
    const page = await shown('DELETE', `${selected}&limit=2`);
    assert.deepEqual(
      page.items!.map(item => item.metadata.name),
      ['p1', 'p2'],
    );
    assert.ok(page.metadata.continue);
    const rest = await shown('DELETE', `${selected}&limit=2&continue=${page.metadata.continue}`);
    assert.deepEqual(
      rest.items!.map(item => item.metadata.name),
      ['p3'],
    );
    assert.equal((await send('DELETE', `${selected}&resourceVersionMatch=Exact`)).status, 422);
    assert.deepEqual((await shown('GET', selected)).items, []);
  });

  test('who takes any state gets all of it; no page of it', async () => {
    const any = await shown('GET', '/api/v1/namespaces?resourceVersion=0&limit=1');
    const all = await shown('GET', '/api/v1/namespaces');
    assert.equal(any.metadata.continue, undefined);
    assert.equal(any.items!.length, all.items!.length);
  });

  test('what no request asks for any more', async () => {
    assert.equal(
      said(await send('GET', '/api/v1/namespaces/default?export=true')),
      '400 the export parameter, deprecated since v1.14, is no longer supported',
    );
    assert.equal((await send('GET', '/api/v1/namespaces/default?export=false')).status, 200);
    const watch = '/api/v1/watch/namespaces/default/configmaps/a';
    assert.equal(
      said(await send('GET', `${watch}?fieldSelector=metadata.name%3Db`)),
      "400 fieldSelector metadata.name doesn't match requested name",
    );
  });

  test('paths lead to what they name, and nowhere else', async () => {
    const namespace = '/api/v1/namespaces/default';
    await cluster.ok('POST', maps, map('placed'));
    const nowhere = [
      `${namespace}//configmaps`,
      '//api/v1/namespaces',
      '/api/v1//namespaces',
      `${maps}//placed`,
      `${maps}/placed%2Fstatus`,
      `${maps}/placed/status/more`,
      `${namespace}/status/more`,
      '/api/v1/namespaces/a%2Fb/configmaps',
      `${namespace}/namespaces`,
      `${namespace}/namespaces/default`,
      `${namespace}/bindings/one`,
      '/apis/authorization.k8s.io/v1/subjectaccessreviews/one',
      '/healthz/',
    ];
    for (const path of nowhere) {
      const { status, text } = await send('GET', path);
      assert.equal(status, 404, `${path}: ${text}`);
    }
    assert.equal((await send('GET', `${maps}/`)).status, 200);
    assert.equal((await send('GET', `${maps}/%70laced`)).status, 200);
    assert.equal((await send('POST', '/api/v1/bindings', {})).status, 404);
    assert.equal((await send('GET', `${namespace}/finalize`)).status, 405);
    assert.equal((await send('HEAD', `${maps}/placed`)).status, 405);
    assert.equal((await send('HEAD', `${maps}/placed/nope`)).status, 404);
  });

  test('no object is named what no path can lead to', async () => {
    const reasons = { '..': "may not be '..'", '.': "may not be '.'", 'a%25b': "may not contain '%'" };
    for (const [name, why] of Object.entries(reasons)) {
      const text = `400 Name parameter invalid: "${decodeURIComponent(name)}": ${why}`;
      assert.equal(said(await send('GET', `${maps}/${name}`)), text);
      assert.equal(said(await send('DELETE', `${maps}/${name}`)), text);
      assert.equal(said(await send('PATCH', `${maps}/${name}`, {}, merge)), text);
    }
  });

  test('what a query says that cannot be read is not said', async () => {
    const names = async (query: string) => (await shown('GET', `${maps}?${query}`)).items!.length;
    const all = await names('');
    assert.equal(await names('labelSelector=a%zz'), all);
    assert.equal(await names('limit=x;y&fieldSelector=metadata.name%3Dplaced'), 1);
    assert.equal(await names('fieldSelector=%3D,metadata.name%3Dplaced'), 1);
  });

  test('numbers of a query are numbers, and are read first', async () => {
    const text = (what: string, why: string) => `400 strconv.ParseInt: parsing "${what}": ${why}`;
    for (const query of ['limit=', 'timeoutSeconds=', 'limit=&resourceVersionMatch=bad']) {
      assert.equal(said(await send('GET', `${maps}?${query}`)), text('', 'invalid syntax'));
    }
    const big = '9223372036854775808';
    assert.equal(said(await send('GET', `${maps}?limit=${big}`)), text(big, 'value out of range'));
    const statuses = '/api/v1/componentstatuses';
    assert.equal(said(await send('GET', `${statuses}?limit=x`)), text('x', 'invalid syntax'));
    assert.equal((await send('GET', `${statuses}?resourceVersionMatch=Exact`)).status, 422);
    const grace = await send('DELETE', `${maps}/placed?gracePeriodSeconds=`);
    assert.equal(said(grace), text('', 'invalid syntax'));
    assert.equal((await send('DELETE', `${maps}/placed?propagationPolicy=`)).status, 422);
  });

  test('a list goes on from a state that there was', async () => {
    const token = (rv: number, start: string) =>
      Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');
    const future = await send('GET', `${maps}?continue=${token(99_999_999, 'a')}`);
    assert.match(said(future), /^504 Timeout: Too large resource version: 99999999, current: \d+$/);
    const both = await send('GET', `${maps}?resourceVersion=5&continue=${token(1, '')}`);
    assert.match(said(both), /encoded start key empty/);
    const good = await send('GET', `${maps}?resourceVersion=5&continue=${token(1, 'a')}`);
    assert.equal(said(good), '400 specifying resource version is not allowed when using continue');
  });

  test('a deletion says all that it wants in its body, if it has one', async () => {
    await cluster.ok('POST', maps, map('told'));
    const body = { apiVersion: 'v1', kind: 'DeleteOptions' };
    await cluster.ok('DELETE', `${maps}/told?dryRun=All`);
    await cluster.ok('DELETE', `${maps}/told?dryRun=x`, body);
    assert.equal((await send('GET', `${maps}/told`)).status, 404);
  });

  test('what is of the cluster is selected by no namespace', async () => {
    const refused = '400 field label not supported: metadata.namespace';
    const query = 'fieldSelector=metadata.namespace%3Dx';
    assert.equal(said(await send('GET', `/api/v1/namespaces?${query}`)), refused);
    assert.equal(said(await send('GET', `/api/v1/nodes?${query}`)), refused);
    assert.equal((await send('GET', `/api/v1/persistentvolumes?${query}`)).status, 200);
    assert.equal((await send('GET', `/api/v1/pods?${query}`)).status, 200);
  });

  test('events are selected by the names of their group', async () => {
    const core = '/api/v1/events?fieldSelector=';
    const events = '/apis/events.k8s.io/v1/events?fieldSelector=';
    const status = async (path: string) => (await send('GET', path)).status;
    for (const field of ['involvedObject.kind', 'reportingComponent', 'source']) {
      assert.deepEqual(
        [await status(`${core}${field}%3Dx`), await status(`${events}${field}%3Dx`)],
        [200, 400],
      );
    }
    for (const field of ['regarding.kind', 'reportingController']) {
      assert.deepEqual(
        [await status(`${core}${field}%3Dx`), await status(`${events}${field}%3Dx`)],
        [400, 200],
      );
    }
    assert.equal(await status(`${events}type%3Dx`), 200);
  });

  test('keys that others check tokens with may be kept for an hour', async () => {
    const { headers } = await send('GET', '/openid/v1/jwks');
    assert.equal(headers['cache-control'], 'public, max-age=3600');
  });

  test('a refusal is nothing for a browser to take for a page', async () => {
    const refused = await send('GET', maps, undefined, { 'impersonate-user': '<b>' });
    assert.equal(refused.headers['x-content-type-options'], 'nosniff');
    assert.match(refused.json.message!, /^configmaps is forbidden: User "&lt;b&gt;" cannot list /);
  });

  test('objects are no larger than etcd takes them', async () => {
    await cluster.define(definitionOf('Boat', [versionOf('v1', boatSchema)]));
    const crewed = (name: string, members: number, length: number) =>
      boat(name, {
        color: 'red',
        crew: Array.from({ length: members }, (_, i) => String(i).padEnd(length, 'x')),
      });
    const large = await send('POST', boats, crewed('large', 16, 100_000));
    assert.deepEqual(
      [large.status, large.json.message, large.json.reason],
      [500, 'etcdserver: request is too large', undefined],
    );
    const { json } = await send('POST', boats, crewed('large', 22, 100_000));
    assert.match(
      json.message!,
      /^rpc error: code = ResourceExhausted desc = trying to send message larger than max \(\d+ vs\. 2097152\)$/,
    );
    assert.equal((await send('GET', `${boats}/large`)).status, 404);
    // Only with what is told of its managers it is too large: it goes without.
    const fits = await shown('POST', boats, crewed('fits', 10_000, 100));
    assert.equal(fits.metadata.managedFields, undefined);
    await cluster.remove('boats.example.com');
  });

  test('a status does not say who owns an object, what it is labelled with only where upstream lets it', async () => {
    const spec = {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    };
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
    const attachment = { attacher: 'x.y', nodeName: 'n', source: { persistentVolumeName: 'v' } };
    const cases: readonly (readonly [path: string, made: object, kept: boolean])[] = [
      [
        '/apis/apps/v1/namespaces/default/deployments',
        { ...object('apps/v1', 'Deployment', 's'), spec },
        false,
      ],
      [
        '/apis/apps/v1/namespaces/default/replicasets',
        { ...object('apps/v1', 'ReplicaSet', 's'), spec },
        true,
      ],
      [
        '/api/v1/namespaces/default/persistentvolumeclaims',
        { ...object('v1', 'PersistentVolumeClaim', 's'), spec: claim },
        true,
      ],
      [
        '/apis/storage.k8s.io/v1/volumeattachments',
        { ...object('storage.k8s.io/v1', 'VolumeAttachment', 's'), spec: attachment },
        false,
      ],
    ];
    for (const [path, made, kept] of cases) {
      await cluster.ok('POST', path, made);
      const { metadata } = await shown(
        'PATCH',
        `${path}/s/status`,
        { metadata: { labels: { x: 'y' } } },
        merge,
      );
      assert.equal(metadata.labels?.x, kept ? 'y' : undefined, path);
    }
  });

  test('who finalizes a namespace may label it, too', async () => {
    const namespace = object('v1', 'Namespace', 'final');
    await cluster.ok('POST', '/api/v1/namespaces', namespace);
    const labels = { x: 'y' };
    const { metadata } = await shown('PUT', '/api/v1/namespaces/final/finalize', {
      ...namespace,
      metadata: { name: 'final', labels },
      spec: { finalizers: ['kubernetes'] },
    });
    assert.equal(metadata.labels?.x, 'y');
  });

  test('a strategic patch is merged whatever it says to be, and null changes nothing', async () => {
    await cluster.ok('POST', maps, map('merged'));
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    const patch = { apiVersion: 'v9', kind: 'Thing', metadata: { labels: { x: 'y' } } };
    const patched = await cluster.ok('PATCH', `${maps}/merged`, patch, strategic);
    assert.deepEqual([patched.apiVersion, patched.kind], ['v1', 'ConfigMap']);
    assert.deepEqual((patched as unknown as Shown).metadata.labels, { x: 'y' });
    for (const type of ['strategic-merge-patch', 'json-patch']) {
      const headers = { 'content-type': `application/${type}+json` };
      assert.deepEqual(await cluster.ok('PATCH', `${maps}/merged`, 'null', headers), patched);
    }
  });

  test('a Scale is of its object: no other name, no other uid', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { a: 'b' };
    await cluster.ok('POST', deployments, {
      ...object('apps/v1', 'Deployment', 'scaled'),
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } },
      },
    });
    const scale = `${deployments}/scaled/scale`;
    assert.equal(
      said(await send('PATCH', scale, { metadata: { name: 'x' } }, merge)),
      '400 the name of the object (x) does not match the name on the URL (scaled)',
    );
    assert.match(
      said(await send('PATCH', scale, { metadata: { uid: 'x' } }, merge)),
      /^409 Operation cannot be fulfilled on deployments\/scale\.apps "scaled": Precondition failed: UID in precondition: x, UID in object meta: /,
    );
    const whole = await cluster.ok('GET', scale);
    assert.match(
      said(await send('PUT', scale, { ...whole, metadata: { name: 'scaled', uid: 'x' } })),
      /^409 Operation cannot be fulfilled on deployments\.apps "scaled": .*Precondition failed: UID in precondition: x/,
    );
  });

  test('a service that nobody reaches from outside any more loses its policy for that', async () => {
    const services = '/api/v1/namespaces/default/services';
    await cluster.ok('POST', services, {
      ...object('v1', 'Service', 'inner'),
      spec: { ports: [{ port: 80 }], externalIPs: ['192.0.2.1'] },
    });
    const policyOf = ({ spec }: object & { spec?: unknown }) =>
      (spec as { externalTrafficPolicy?: string }).externalTrafficPolicy;
    assert.equal(policyOf(await cluster.ok('GET', `${services}/inner`)), 'Cluster');
    const patched = await cluster.ok('PATCH', `${services}/inner`, { spec: { externalIPs: null } }, merge);
    assert.equal(policyOf(patched), undefined);
  });

  test('a service that is a name has no policy for traffic within, and none but load balancers has their addresses', async () => {
    const services = '/api/v1/namespaces/default/services';
    type Shown = { spec: { internalTrafficPolicy?: string }; status: { loadBalancer: object } };
    const send = async (method: string, path: string, body: object) =>
      (await cluster.ok(method, path, body, method === 'PATCH' ? merge : undefined)) as unknown as Shown;
    const external = { type: 'ExternalName', externalName: 'a.example', internalTrafficPolicy: 'Local' };
    const made = await send('POST', services, { ...object('v1', 'Service', 'named'), spec: external });
    assert.equal(made.spec.internalTrafficPolicy, undefined);
    const balanced = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    const inside = await send('POST', services, { ...object('v1', 'Service', 'outer'), spec: balanced });
    assert.equal(inside.spec.internalTrafficPolicy, 'Cluster');
    const ingress = [{ ip: '192.0.2.7' }];
    const status = { status: { loadBalancer: { ingress } } };
    const reached = await send('PATCH', `${services}/outer/status`, status);
    assert.deepEqual(reached.status.loadBalancer, { ingress: [{ ip: '192.0.2.7', ipMode: 'VIP' }] });
    const narrowed = await send('PATCH', `${services}/outer`, { spec: { type: 'ClusterIP' } });
    assert.deepEqual(narrowed.status.loadBalancer, {});
    const renamed = await send('PATCH', `${services}/outer`, {
      spec: { type: 'ExternalName', externalName: 'b.example' },
    });
    assert.equal(renamed.spec.internalTrafficPolicy, undefined);
  });
});
