import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  SchedulingV1Api,
  type V1ConfigMap,
  type V1ObjectMeta,
  Watch,
  makeInformer,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { hasUpstreamTools, upstreamTools } from '#test/kubectl.ts';
import { WiredCluster } from './wire.ts';

const namespace = 'default';

async function until<T>(probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let i = 0; i < 500; i++) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  assert.fail('it did not come to pass');
}

describe('real clients', () => {
  let wired: WiredCluster;
  let config: KubeConfig;
  let core: CoreV1Api;
  before(async () => {
    wired = await WiredCluster.start();
    config = new KubeConfig();
    config.loadFromString(wired.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  after(() => wired[Symbol.asyncDispose]());

  const code = (expected: number) => (error: unknown) =>
    error instanceof ApiException && error.code === expected;
  const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
    metadata: { name, labels },
    data,
  });
  const create = (body: V1ConfigMap) => core.createNamespacedConfigMap({ namespace, body });
  const read = (name: string) => core.readNamespacedConfigMap({ namespace, name });

  test('an object is created, replaced, patched each way, and deleted', async () => {
    const made = await create(map('life', { a: '1' }));
    assert.ok(made.metadata?.uid && made.metadata.creationTimestamp instanceof Date);
    await assert.rejects(create(map('life')), code(409));
    const same = await core.replaceNamespacedConfigMap({ namespace, name: 'life', body: made });
    assert.equal(same.metadata?.resourceVersion, made.metadata.resourceVersion, 'nothing changed');
    const next = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'life',
      body: { ...made, data: { a: '2' } },
    });
    assert.notEqual(next.metadata?.resourceVersion, made.metadata.resourceVersion);
    await assert.rejects(
      core.replaceNamespacedConfigMap({ namespace, name: 'life', body: { ...made, data: { a: '3' } } }),
      code(409),
    );
    const patch = (body: unknown, strategy: (typeof PatchStrategy)[keyof typeof PatchStrategy]) =>
      core.patchNamespacedConfigMap(
        { namespace, name: 'life', body },
        setHeaderOptions('Content-Type', strategy),
      );
    await patch({ data: { b: '1' } }, PatchStrategy.MergePatch);
    await patch({ data: { c: '1' } }, PatchStrategy.StrategicMergePatch);
    const patched = await patch([{ op: 'remove', path: '/data/a' }], PatchStrategy.JsonPatch);
    assert.deepEqual(patched.data, { b: '1', c: '1' });
    const status = await core.deleteNamespacedConfigMap({ namespace, name: 'life' });
    assert.equal(status.status, 'Success');
    await assert.rejects(read('life'), code(404));
  });

  test('a dry run tells and does not do', async () => {
    const made = await core.createNamespacedConfigMap({ namespace, body: map('dry'), dryRun: 'All' });
    assert.ok(made.metadata?.uid);
    assert.equal(made.metadata?.resourceVersion, undefined);
    const copy = { metadata: { name: 'dry', resourceVersion: '5' } };
    const copied = await core.createNamespacedConfigMap({ namespace, body: copy, dryRun: 'All' });
    assert.equal(copied.metadata?.resourceVersion, '5', 'what was read elsewhere can be tried here');
    await assert.rejects(read('dry'), code(404));
    await create(map('dry', { a: '1' }));
    await core.deleteNamespacedConfigMap({ namespace, name: 'dry', dryRun: 'All' });
    assert.deepEqual((await read('dry')).data, { a: '1' });
  });

  test('generated names differ, and finalizers hold what is deleted', async () => {
    const body = { metadata: { generateName: 'gen-', finalizers: ['example.com/hold'] } };
    const [one, two] = await Promise.all([create(body), create(body)]);
    assert.match(one.metadata!.name!, /^gen-[a-z0-9]{5}$/);
    assert.notEqual(one.metadata!.name, two.metadata!.name);
    const name = one.metadata!.name!;
    await core.deleteNamespacedConfigMap({ namespace, name });
    const held = await read(name);
    assert.ok(held.metadata?.deletionTimestamp);
    delete held.metadata.finalizers;
    await core.replaceNamespacedConfigMap({ namespace, name, body: held });
    await assert.rejects(read(name), code(404));
  });

  test('a list in pages is one state, whatever is written meanwhile', async () => {
    const labels = { paged: 'yes' };
    for (let i = 0; i < 5; i++) await create(map(`page-${i}`, {}, labels));
    const all = `${'/api/v1/namespaces/default/configmaps'}?limit=2`;
    const first = (await wired.send({ path: all })).json as never as {
      metadata: { continue: string; remainingItemCount: number; resourceVersion: string };
      items: { metadata: { name: string } }[];
    };
    assert.equal(first.items.length, 2);
    await core.deleteNamespacedConfigMap({ namespace, name: 'page-4' });
    await create(map('page-9', {}, labels));
    const names = first.items.map(item => item.metadata.name);
    let page = first;
    assert.ok(page.metadata.remainingItemCount > 0);
    while (page.metadata.continue) {
      page = (await wired.send({ path: `${all}&continue=${page.metadata.continue}` })).json as never;
      assert.equal(page.metadata.resourceVersion, first.metadata.resourceVersion);
      names.push(...page.items.map(item => item.metadata.name));
    }
    const rest = `${all}&resourceVersion=0&continue=${first.metadata.continue}`;
    const { metadata, items } = (await wired.send({ path: rest })).json as never as typeof first;
    const { resourceVersion } = first.metadata;
    assert.deepEqual(metadata, { resourceVersion }, 'who takes any state gets the rest at once');
    assert.equal(items.length, first.metadata.remainingItemCount);
    assert.ok(names.includes('page-4') && !names.includes('page-9'), names.join());
    const selected = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'paged in (yes),x notin (y)',
    });
    assert.equal(selected.items.length, 5);
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'paged=yes' });
    assert.equal(
      (await core.listNamespacedConfigMap({ namespace, labelSelector: 'paged=yes' })).items.length,
      0,
    );
  });

  test('pages go on past a compaction only with a new token', async () => {
    for (let i = 0; i < 3; i++) await create(map(`compact-${i}`));
    const path = '/api/v1/namespaces/default/configmaps?limit=1';
    const token = ((await wired.send({ path })).json.metadata as { continue: string }).continue;
    await create(map('compact-9'));
    const { store } = wired.cluster.controlPlane.server.services;
    await store.compact(store.revision);
    const gone = await wired.send({ path: `${path}&continue=${token}` });
    assert.deepEqual([gone.status, gone.json.reason], [410, 'Expired']);
    const again = (gone.json.metadata as { continue: string }).continue;
    const rest = await wired.send({ path: `/api/v1/namespaces/default/configmaps?continue=${again}` });
    assert.equal(rest.status, 200, rest.text);
    assert.match(rest.text, /compact-9/);
  });

  test('a watch tells what comes, and what enters and leaves its selection', async () => {
    const events: string[] = [];
    const watch = new Watch(config);
    const ended = Promise.withResolvers<void>();
    const controller = await watch.watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      { labelSelector: 'color=red', allowWatchBookmarks: true },
      (type: string, object: V1ConfigMap) => events.push(`${type} ${object.metadata?.name}`),
      () => ended.resolve(),
    );
    await create(map('watched', {}, { color: 'blue' }));
    const paint = (color: string) =>
      core.patchNamespacedConfigMap(
        { namespace, name: 'watched', body: { metadata: { labels: { color } } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    await paint('red');
    await paint('blue');
    await until(() => (events.length >= 3 ? true : undefined));
    // The first tells that what is there already has been told.
    assert.deepEqual(events, ['BOOKMARK undefined', 'ADDED watched', 'DELETED watched']);
    controller.abort();
    await ended.promise;
  });

  test('a watch from a revision that is gone is told so and a time-out ends one', async () => {
    const timed = await wired.send({
      path: `/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=1&resourceVersion=0&fieldSelector=metadata.name%3Dnone`,
    });
    assert.deepEqual([timed.status, timed.text], [200, '']);
    const initial = await wired.send({
      path: '/api/v1/namespaces?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
    });
    const events = initial.text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    assert.deepEqual(
      events.map(event => event.type),
      ['ADDED', 'ADDED', 'ADDED', 'ADDED', 'BOOKMARK'],
    );
    assert.equal(events[4].object.metadata.annotations['k8s.io/initial-events-end'], 'true');
    assert.equal(events[4].object.kind, 'Namespace');
  });

  test('an informer follows', async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      core.listNamespacedConfigMap({ namespace }),
    );
    await informer.start();
    await create(map('informed'));
    await until(() => informer.get('informed', namespace));
    await core.deleteNamespacedConfigMap({ namespace, name: 'informed' });
    await until(() => (informer.get('informed', namespace) ? undefined : true));
    await informer.stop();
  });

  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 0, selector: { matchLabels: { app: 'a' } }, template };
  const byMerge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

  test('status, scale and generation', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const name = 'scaled';
    const made = await apps.createNamespacedReplicaSet({
      namespace,
      body: { metadata: { name }, spec, status: { replicas: 7 } },
    });
    assert.deepEqual([made.metadata?.generation, made.status?.replicas], [1, 0]);
    const scale = await apps.readNamespacedReplicaSetScale({ namespace, name });
    assert.deepEqual([scale.spec?.replicas, scale.status?.selector], [undefined, 'app=a']);
    const body = { spec: { replicas: 2 } };
    const scaled = await apps.patchNamespacedReplicaSetScale({ namespace, name, body }, byMerge);
    assert.equal(scaled.spec?.replicas, 2);
    assert.equal((await apps.readNamespacedReplicaSet({ namespace, name })).metadata?.generation, 2);
    const status = { spec: { replicas: 9 }, status: { replicas: 2, fullyLabeledReplicas: 1 } };
    const told = await apps.patchNamespacedReplicaSetStatus({ namespace, name, body: status }, byMerge);
    assert.deepEqual([told.spec?.replicas, told.metadata?.generation], [2, 2]);
    await apps.deleteNamespacedReplicaSet({ namespace, name });
    const kept = await create({ metadata: { name, generation: 3 } });
    assert.equal(kept.metadata?.generation, 3, 'of what counts none, as it was said');
  });

  test('a priority class stays at its first generation', async () => {
    const scheduling = config.makeApiClient(SchedulingV1Api);
    const name = 'steady';
    await scheduling.createPriorityClass({ body: { metadata: { name }, value: 1 } });
    const changed = await scheduling.patchPriorityClass({ name, body: { description: 'd' } }, byMerge);
    assert.deepEqual([changed.description, changed.metadata?.generation], ['d', 1]);
  });

  test('a deletion in the foreground waits for the dependents', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const owned = { namespace, labelSelector: 'app=a' };
    await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'owner' }, spec } });
    await until(async () => (await apps.listNamespacedReplicaSet(owned)).items[0]);
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/owner`;
    const marked = await wired.send({ method: 'DELETE', path: `${path}?propagationPolicy=Foreground` });
    assert.deepEqual((marked.json.metadata as V1ObjectMeta).finalizers, ['foregroundDeletion']);
    await until(() =>
      apps.readNamespacedDeployment({ namespace, name: 'owner' }).then(
        () => undefined,
        () => true,
      ),
    );
    assert.deepEqual((await apps.listNamespacedReplicaSet(owned)).items, []);
  });

  test('objects of any kind, by discovery', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const made = await objects.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace },
      stringData: { a: 'b' },
    } as never);
    assert.equal((made as never as { data: { a: string } }).data.a, 'Yg==');
    const events = { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e', namespace } };
    await objects.create({
      ...events,
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'x.y/z',
      reportingInstance: 'i',
      action: 'a',
      reason: 'r',
      type: 'Normal',
      note: 'hello',
      regarding: { kind: 'Pod', namespace, name: 'p' },
    } as never);
    const seen = await core.readNamespacedEvent({ namespace, name: 'e' });
    assert.deepEqual([seen.message, seen.involvedObject.name], ['hello', 'p']);
  });

  test('a token is issued, and tells who its bearer is', async () => {
    const account = await until(() =>
      core.readNamespacedServiceAccount({ namespace, name: 'default' }).catch(() => undefined),
    );
    assert.ok(account.metadata?.uid);
    const { status } = await core.createNamespacedServiceAccountToken({
      namespace,
      name: 'default',
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const anonymous = { ...wired.tls, cert: undefined, key: undefined };
    assert.ok(anonymous.ca);
    const review = await wired.send({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { ...body, kind: 'TokenReview', spec: { token: status!.token } },
    });
    assert.equal(
      (review.json.status as never as { user: { username: string } }).user.username,
      'system:serviceaccount:default:default',
    );
  });

  test('service addresses and ports are given once, however many ask', async () => {
    const service = (i: number) => ({
      metadata: { name: `svc-${i}` },
      spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80 }] },
    });
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, i) => core.createNamespacedService({ namespace, body: service(i) })),
    );
    assert.equal(new Set(made.map(s => s.spec?.clusterIP)).size, 30);
    assert.equal(new Set(made.map(s => s.spec?.ports?.[0]?.nodePort)).size, 30);
    const taken = { clusterIP: made[0]!.spec!.clusterIP!, ports: [{ port: 80 }] };
    const results = await Promise.allSettled(
      [1, 2].map(i =>
        core.createNamespacedService({
          namespace,
          body: {
            metadata: { name: `wish-${i}` },
            spec: { clusterIP: '10.96.77.77', ports: [{ port: 80 }] },
          },
        }),
      ),
    );
    assert.deepEqual(results.map(result => result.status).sort(), ['fulfilled', 'rejected']);
    await assert.rejects(
      core.createNamespacedService({ namespace, body: { metadata: { name: 'twice' }, spec: taken } }),
      code(422),
    );
  });

  test('namespaces end with all that is in them', async () => {
    const made = await core.createNamespace({ body: { metadata: { name: 'ending' } } });
    assert.equal(made.metadata?.labels?.['kubernetes.io/metadata.name'], 'ending');
    assert.deepEqual(made.spec?.finalizers, ['kubernetes']);
    await core.createNamespacedConfigMap({ namespace: 'ending', body: map('inside') });
    const ending = (await core.deleteNamespace({ name: 'ending' })) as never as { status: { phase: string } };
    assert.equal(ending.status.phase, 'Terminating');
    await until(() =>
      core.readNamespace({ name: 'ending' }).then(
        () => undefined,
        () => true,
      ),
    );
    await assert.rejects(core.deleteNamespace({ name: 'kube-system' }), code(403));
  });

  test('the same object in JSON, YAML, protobuf, as a table and as metadata', async () => {
    await create(map('forms', { a: '1' }));
    const path = `/api/v1/namespaces/${namespace}/configmaps/forms`;
    const as = async (accept: string) => wired.send({ path, headers: { accept } });
    assert.match(
      (await as('application/yaml')).text,
      /^apiVersion: v1\ndata:\n {2}a: "1"\nkind: ConfigMap\n/,
    );
    const bytes = await as('application/vnd.kubernetes.protobuf');
    assert.equal(bytes.bytes.subarray(0, 4).toString('latin1'), 'k8s\0');
    const again = await wired.send({
      method: 'PUT',
      path,
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      body: bytes.bytes,
    });
    assert.equal(again.status, 200, again.text);
    assert.deepEqual(again.json.data, { a: '1' });
    const lists = path.slice(0, path.lastIndexOf('/'));
    for (const a of ['first', 'second']) {
      const body = { ...map('forms', { a }), apiVersion: 'v1', kind: 'ConfigMap' };
      assert.equal((await wired.send({ method: 'PUT', path, body: JSON.stringify(body) })).status, 200);
      for (const url of [path, lists, path, lists]) {
        const { bytes: told } = await wired.send({
          path: url,
          headers: { accept: 'application/vnd.kubernetes.protobuf' },
        });
        assert.deepEqual(
          ['first', 'second'].filter(value => told.includes(value)),
          [a],
          url,
        );
      }
    }
    await wired.send({
      method: 'PUT',
      path,
      body: JSON.stringify(again.json).replace(/"resourceVersion":"\d+",/, ''),
    });
    const table = (await as('application/json;as=Table;v=v1;g=meta.k8s.io')).json as never as {
      kind: string;
      rows: { cells: unknown[] }[];
    };
    assert.deepEqual([table.kind, table.rows[0]?.cells.slice(0, 2)], ['Table', ['forms', 1]]);
    const partial = (await as('application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')).json;
    assert.deepEqual([partial.kind, 'data' in partial], ['PartialObjectMetadata', false]);
  });

  test('kubectl reads, writes, waits and explains', {
    skip: !hasUpstreamTools() && 'no tools for this platform',
  }, async () => {
    const { kubectl } = await upstreamTools();
    const directory = await mkdtemp(join(tmpdir(), 'api-clients-'));
    try {
      const kubeconfig = join(directory, 'kubeconfig');
      await writeFile(kubeconfig, wired.kubeconfig, { mode: 0o600 });
      const run = async (...args: string[]) => {
        const env = { PATH: process.env.PATH, HOME: directory };
        const { stdout } = await promisify(execFile)(kubectl, ['--kubeconfig', kubeconfig, ...args], {
          env,
          maxBuffer: 2 ** 26,
        });
        return stdout;
      };
      assert.equal(await run('create', 'configmap', 'k', '--from-literal=a=1'), 'configmap/k created\n');
      assert.match(await run('get', 'configmap', 'k'), /^NAME +DATA +AGE\nk +1 +\d+s\n$/);
      assert.equal(await run('label', 'configmap', 'k', 'x=y'), 'configmap/k labeled\n');
      assert.equal(await run('get', 'configmap', '-l', 'x=y', '-o', 'name'), 'configmap/k\n');
      assert.equal(await run('delete', 'configmap', 'k'), 'configmap "k" deleted from default namespace\n');
      assert.equal(await run('auth', 'can-i', '*', '*'), 'yes\n');
      assert.match(await run('get', '--raw', '/readyz?verbose'), /readyz check passed/);
      assert.match(
        await run('get', '--raw', '/metrics'),
        /apiserver_request_total\{code="200"[^}]*resource="configmaps"[^}]*verb="DELETE"[^}]*\} \d+/,
      );
      await assert.rejects(
        run('get', 'pods', 'none'),
        /Error from server \(NotFound\): pods "none" not found/,
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
