import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Reviewer, WebhookServer } from '#test/webhook-server.ts';
import type { WireAnswer } from './wire.ts';
import { HookedCluster, add, maps, ok, registration } from './hooked-cluster.ts';

describe('what webhooks are asked', () => {
  let hooked: HookedCluster;
  let server: WebhookServer;
  before(async () => {
    hooked = await HookedCluster.start();
    server = hooked.server;
  });
  after(() => hooked[Symbol.asyncDispose]());
  afterEach(() => hooked.clear());

  const send: HookedCluster['send'] = (...args) => hooked.send(...args);
  const hook: HookedCluster['hook'] = (...args) => hooked.hook(...args);
  const configure: HookedCluster['configure'] = (...args) => hooked.configure(...args);
  const create: HookedCluster['create'] = (...args) => hooked.create(...args);

  test('an equivalent version matches, and the object goes out in it', async () => {
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['events'] }];
    await configure(
      'validating',
      'v',
      hook('equivalent', () => ({}), { rules }),
    );
    await configure(
      'validating',
      'x',
      hook('exact', () => ({}), { rules, matchPolicy: 'Exact' }),
    );
    await ok(
      send('POST', '/apis/events.k8s.io/v1/namespaces/default/events', {
        metadata: { name: 'e' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingController: 'example.com/c',
        reportingInstance: 'i',
        action: 'Do',
        reason: 'Done',
        type: 'Normal',
        note: 'told',
        regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
      }),
    );
    assert.equal(server.calls.length, 1);
    const { request } = server.calls[0]!;
    assert.deepEqual(request.kind, { group: '', version: 'v1', kind: 'Event' });
    assert.deepEqual(request.requestResource, { group: 'events.k8s.io', version: 'v1', resource: 'events' });
    assert.equal((request.object as { message?: string }).message, 'told');
  });

  test('who mutates is shown what was sent, who validates what will be there', async () => {
    const rules = [
      { operations: ['UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
    ];
    await ok(create('a'));
    await configure(
      'mutating',
      'm',
      hook('mutate', () => ({}), { rules }),
    );
    await configure(
      'validating',
      'v',
      hook('validate', () => ({}), { rules }),
    );
    const asked = async (answer: Promise<WireAnswer>) => {
      await ok(answer);
      return server.calls.splice(0).map(({ request }) => {
        const { uid, resourceVersion } = request.object!.metadata;
        return [uid !== undefined, resourceVersion !== undefined];
      });
    };
    const map = { metadata: { name: 'a' }, data: { own: 'y' } };
    assert.deepEqual(await asked(send('PUT', `${maps}/a`, map)), [
      [false, false],
      [true, true],
    ]);
    const merge = { 'content-type': 'application/merge-patch+json' };
    assert.deepEqual(await asked(send('PATCH', `${maps}/a`, { data: { own: 'z' } }, merge)), [
      [true, true],
      [true, true],
    ]);
  });

  test('subresources are asked about as what they take', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    const metadata = { name: 'web' };
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    await ok(
      send('POST', deployments, { metadata, spec: { selector: { matchLabels: { a: 'b' } }, template } }),
    );
    await ok(send('POST', '/api/v1/namespaces/default/pods', { metadata, spec: template.spec }));
    await configure(
      'validating',
      'v',
      hook('sub', () => ({}), { rules }),
    );
    const asked = async (answer: Promise<WireAnswer>) => {
      await ok(answer);
      return server.calls
        .splice(0)
        .map(
          ({ request }) =>
            `${request.operation} ${request.resource.resource}/${request.subResource} ${request.kind.kind}`,
        );
    };
    const merge = { 'content-type': 'application/merge-patch+json' };
    assert.deepEqual(
      await asked(send('PATCH', `${deployments}/web/scale`, { spec: { replicas: 3 } }, merge)),
      ['UPDATE deployments/scale Scale'],
    );
    assert.deepEqual(
      await asked(send('PATCH', `${deployments}/web/status`, { status: { replicas: 1 } }, merge)),
      ['UPDATE deployments/status Deployment'],
    );
    const pod = '/api/v1/namespaces/default/pods/web';
    const target = { kind: 'Node', name: 'n' };
    assert.deepEqual(await asked(send('POST', `${pod}/binding`, { metadata, target })), [
      'CREATE pods/binding Binding',
    ]);
    assert.deepEqual(
      await asked(
        send('POST', `${pod}/eviction?dryRun=All`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata }),
      ),
      ['CREATE pods/eviction Eviction'],
    );
    const token = '/api/v1/namespaces/default/serviceaccounts/default/token';
    assert.deepEqual(
      await asked(
        send('POST', token, {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { audiences: [] },
        }),
      ),
      ['CREATE serviceaccounts/token TokenRequest'],
    );
    const review = { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
    assert.deepEqual(
      await asked(send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review)),
      ['CREATE selfsubjectaccessreviews/undefined SelfSubjectAccessReview'],
    );
  });

  test('a subresource that writes a part is asked about as it was sent', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const labels = { own: 'yes' };
    await ok(
      send('POST', pods, { metadata: { name: 'part' }, spec: { containers: [{ name: 'c', image: 'i' }] } }),
    );
    const rules = [
      {
        operations: ['UPDATE'],
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['pods/ephemeralcontainers'],
      },
    ];
    await configure(
      'mutating',
      'm',
      hook('part', () => ({}), { rules }),
    );
    const merge = { 'content-type': 'application/merge-patch+json' };
    const patch = { metadata: { labels }, spec: { ephemeralContainers: [{ name: 'e', image: 'i' }] } };
    const { json } = await ok(send('PATCH', `${pods}/part/ephemeralcontainers`, patch, merge));
    assert.deepEqual(
      server.calls.map(({ request }) => request.object!.metadata.labels),
      [labels],
    );
    assert.equal(json.metadata!.labels, undefined);
  });

  test('what ends after its grace period is asked about once more', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] };
    await ok(send('POST', pods, { metadata: { name: 'ends' }, spec }));
    const rules = [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
    await configure(
      'validating',
      'v',
      hook('ends', () => ({}), { rules }),
    );
    await ok(send('DELETE', `${pods}/ends?gracePeriodSeconds=5`));
    await ok(send('DELETE', `${pods}/ends?gracePeriodSeconds=0`));
    assert.deepEqual(
      server.calls.map(({ request }) => request.oldObject!.metadata.deletionGracePeriodSeconds),
      [undefined, 5, 0],
    );
  });

  test('each object of a collection is asked about', async () => {
    const rules = [
      { operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
    ];
    for (const name of ['a', 'b']) await ok(create(name));
    await configure(
      'validating',
      'v',
      hook('each', () => ({}), { rules }),
    );
    await ok(send('DELETE', maps));
    const asked = server.calls.map(({ request }) => request);
    assert.deepEqual(asked.map(({ oldObject }) => oldObject?.metadata.name).sort(), ['a', 'b']);
    assert.ok(asked.every(({ name }) => name === undefined));
  });

  test('a new object has its name, and what else the server gives it, once it is changed', async () => {
    await configure('mutating', 'm', hook('changes', add('added', 'yes')));
    await configure(
      'validating',
      'v',
      hook('judges', () => ({})),
    );
    const made = await ok(
      send('POST', maps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { generateName: 'g-' },
        data: { own: 'x' },
      }),
    );
    const [changes, judges] = server.calls.map(({ request }) => request);
    const { uid, name, creationTimestamp, namespace } = changes!.object!.metadata;
    assert.deepEqual(
      [changes!.name, name, uid, creationTimestamp],
      [undefined, undefined, undefined, undefined],
    );
    assert.equal(namespace, 'default');
    const { name: generated } = made.json.metadata as { name: string };
    assert.match(generated, /^g-.{5}$/);
    assert.deepEqual([judges!.name, judges!.object!.metadata.name], [generated, generated]);
    assert.match(judges!.object!.metadata.uid!, /^[0-9a-f-]{36}$/);
    await send('DELETE', `${registration}/mutatingwebhookconfigurations`);
    const naming: Reviewer = () => ({ patch: [{ op: 'add', path: '/metadata/name', value: 'chosen' }] });
    await configure('mutating', 'm', hook('names', naming));
    const named = await ok(
      send('POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'g-' } }),
    );
    assert.equal((named.json.metadata as { name: string }).name, 'chosen');
  });

  test('the old way to bind is asked about as what it is', async () => {
    const rules = [
      { operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['bindings', 'pods/*'] },
    ];
    const metadata = { name: 'bound' };
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    await ok(send('POST', '/api/v1/namespaces/default/pods', { metadata, spec }));
    await configure(
      'validating',
      'v',
      hook('binds', () => ({}), { rules }),
    );
    const target = { kind: 'Node', name: 'n' };
    await ok(send('POST', '/api/v1/namespaces/default/bindings', { metadata, target }));
    assert.deepEqual(
      server.calls.map(({ request: { resource, subResource, name, kind } }) => [
        resource.resource,
        subResource,
        name,
        kind.kind,
      ]),
      [['bindings', undefined, 'bound', 'Binding']],
    );
  });

  test('a review is asked about by the name that it bears', async () => {
    const apiGroups = ['authentication.k8s.io'];
    const rules = [{ operations: ['CREATE'], apiGroups, apiVersions: ['v1'], resources: ['*'] }];
    await configure(
      'validating',
      'v',
      hook('reviews', () => ({}), { rules }),
    );
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    await ok(send('POST', path, { metadata: { name: 'me' } }));
    assert.deepEqual(
      server.calls.map(({ request }) => request.name),
      ['me'],
    );
  });

  test('webhooks share the time that the client has', async () => {
    await configure(
      'mutating',
      'm',
      hook('long', () => ({}), { timeoutSeconds: 20 }),
      hook('short', () => ({}), { timeoutSeconds: 5 }),
    );
    await ok(create('a', {}, '?timeout=10s'));
    assert.deepEqual(
      server.calls.splice(0).map(({ timeout }) => timeout),
      ['10s', '5s'],
    );
    await send('DELETE', `${registration}/mutatingwebhookconfigurations`);
    const hanging = Promise.withResolvers<void>();
    const slow: Reviewer = () => hanging.promise.then(() => ({}));
    const open = { failurePolicy: 'Ignore', timeoutSeconds: 5 };
    await configure('mutating', 'm', hook('slow', slow, open), hook('next', add('added', 'yes'), open));
    const late = await create('late', {}, '?timeout=1s');
    hanging.resolve();
    assert.deepEqual([late.status, late.json.reason], [504, 'Timeout']);
    assert.deepEqual(
      server.calls.map(({ timeout }) => timeout),
      ['1s'],
    );
    assert.equal((await send('GET', `${maps}/late`)).status, 404);
  });

  test('what the server alone says of an object is not for webhooks to say', async () => {
    await create('own');
    const rules = [
      { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
    ];
    let field = '';
    let value: unknown;
    const reviewer: Reviewer = () => ({ patch: [{ op: 'add', path: `/metadata/${field}`, value }] });
    await configure('mutating', 'm', hook('system', reviewer, { rules }));
    const cases = {
      resourceVersion: ['1', 409, /the object has been modified/],
      uid: ['other', 422, /metadata\.uid: Invalid value: "other": field is immutable/],
      deletionTimestamp: ['2020-01-01T00:00:00Z', 422, /metadata\.deletionTimestamp: .*field is immutable/],
      deletionGracePeriodSeconds: [3, 422, /metadata\.deletionGracePeriodSeconds: .*field is immutable/],
      creationTimestamp: ['2020-01-01T00:00:00Z', 200, undefined],
    } as const;
    for (const [name, [given, status, message]] of Object.entries(cases)) {
      [field, value] = [name, given];
      const updated = await send('PUT', `${maps}/own`, { metadata: { name: 'own' }, data: { by: name } });
      assert.equal(updated.status, status, updated.text);
      if (message) assert.match(updated.json.message!, message);
      const created = await create(`new-${name.toLowerCase()}`);
      if (name === 'resourceVersion') {
        assert.equal(created.json.message, 'resourceVersion should not be set on objects to be created');
        continue;
      }
      assert.equal(created.status, 201, created.text);
      // Upstream takes away what a client says of a deletion, and not what a webhook says.
      const isTaken = name.startsWith('deletion');
      assert.equal((created.json.metadata as Record<string, unknown>)[name] === given, isTaken);
    }
  });
});
