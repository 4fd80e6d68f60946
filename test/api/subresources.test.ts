import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  namespaces,
  nodes,
  podDisruptionBudgets,
  pods,
  replicaSets,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { createClient, type Client } from '#client/client.ts';
import { createInProcessTransport } from '#apiserver/in-process.ts';
import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import type { Table } from '#machinery/table.ts';
import { WiredCluster } from './wire.ts';

const namespace = 'sub';

describe('subresources', () => {
  let wired: WiredCluster;
  let client: Client;
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
    client = wired.cluster.client;
    await client.create(namespaces, { metadata: { name: namespace } });
    await client.create(serviceAccounts, { metadata: { name: 'default', namespace } });
    for (const name of ['a', 'b']) await client.create(nodes, { metadata: { name } });
  });
  after(() => wired[Symbol.asyncDispose]());

  const pod = (name: string, spec: object = {}, labels = {}) =>
    client.create(pods, {
      metadata: { name, namespace, labels },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    } as Partial<Pod>);

  async function refused(promise: Promise<unknown>, code: number, message: string): Promise<StatusError> {
    const error = await promise.then(
      () => assert.fail('it was taken'),
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof StatusError, String(error));
    assert.deepEqual([error.code, error.message], [code, message]);
    return error;
  }

  const bind = (name: string, node: string) =>
    client.createSubresource(pods, namespace, name, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace },
      target: { kind: 'Node', name: node },
    });

  test('what a write of one side cannot change stays the very same object', async () => {
    const made = await pod('sides', { nodeName: 'a' });
    const noted = await client.updateStatus(pods, { ...made, status: { phase: 'Running' } });
    assert.equal(noted.spec, made.spec);
    assert.equal(noted.status?.phase, 'Running');
    const labelled = await client.update(pods, {
      ...noted,
      metadata: { ...noted.metadata, labels: { a: 'b' } },
    });
    assert.equal(labelled.status, noted.status);
    assert.deepEqual(labelled.metadata.labels, { a: 'b' });
    const managers = labelled.metadata.managedFields!.map(({ subresource = '' }) => subresource);
    assert.deepEqual(managers.toSorted(), ['', 'status']);
  });

  test('a write of one side changes nothing of the other, from whatever state it comes', async () => {
    const made = await pod('other-side', { nodeName: 'a' });
    const spec = { ...made.spec!, containers: [{ name: 'c', image: 'other' }] };
    const noted = await client.updateStatus(pods, { ...made, spec, status: { phase: 'Running' } });
    assert.deepEqual([noted.spec, noted.status?.phase], [made.spec, 'Running']);
    const { resourceVersion: _, ...metadata } = made.metadata;
    const again = await client.update(pods, { ...made, metadata: { ...metadata, labels: { a: 'b' } } });
    assert.deepEqual([again.status, again.metadata.labels], [noted.status, { a: 'b' }]);
  });

  test('a node registers with its status; a pod does not', async () => {
    const allocatable = { cpu: '2' };
    const created = await client.create(nodes, { metadata: { name: 'status' }, status: { allocatable } });
    assert.deepEqual(created.status?.allocatable, allocatable);
    const changed = await client.update(nodes, { ...created, status: { allocatable: { cpu: '4' } } });
    assert.deepEqual(changed.status?.allocatable, allocatable);
    const made = await client.create(pods, {
      metadata: { name: 'status', namespace },
      spec: { containers: [{ name: 'c', image: 'i' }] },
      status: { phase: 'Running' },
    } as Partial<Pod>);
    assert.equal(made.status?.phase, 'Pending');
  });

  test('a pod is bound once', async () => {
    await pod('bound', { schedulerName: 'none' });
    await bind('bound', 'a');
    const now = await client.get(pods, namespace, 'bound');
    assert.equal(now.spec?.nodeName, 'a');
    assert.equal(now.status?.conditions?.find(c => c.type === 'PodScheduled')?.status, 'True');
    await refused(
      bind('bound', 'b'),
      409,
      'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "a"',
    );
  });

  test('a binding and an eviction are of the pod that they are sent to, and say what they may', async () => {
    await pod('wanted', { schedulerName: 'none' });
    const send = (subresource: string, apiVersion: string, kind: string, more: object) =>
      client.createSubresource(pods, namespace, 'wanted', subresource, {
        apiVersion,
        kind,
        metadata: { name: 'wanted', namespace },
        ...more,
      });
    const binding = (more: object) => send('binding', 'v1', 'Binding', more);
    const eviction = (more: object) => send('eviction', 'policy/v1', 'Eviction', more);
    const metadata = { name: 'another', namespace };
    const mismatch = (kind: string) => `name in URL does not match name in ${kind} object`;
    await refused(binding({ metadata, target: { name: 'a' } }), 400, mismatch('Binding'));
    await refused(eviction({ metadata }), 400, mismatch('Eviction'));
    // The older version of an eviction outlived that of budgets.
    await refused(send('eviction', 'policy/v1beta1', 'Eviction', { metadata }), 400, mismatch('Eviction'));
    await refused(binding({ target: { kind: 'Node' } }), 500, 'target.name: Required value');
    await refused(
      eviction({ deleteOptions: { propagationPolicy: 'Orphan', orphanDependents: true } }),
      422,
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    );
    assert.equal((await client.get(pods, namespace, 'wanted')).spec?.nodeName, undefined);
  });

  test('a resize and a debug container change what they may, and nothing else', async () => {
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '1', memory: '1Gi' } } }];
    await pod('part', { containers });
    const write = (subresource: string, spec: object) =>
      client.patch(pods, namespace, 'part', 'strategic', { spec }, { subresource });
    const requested = (requests: object | null) =>
      write('resize', { containers: [{ name: 'c', image: 'other', resources: { requests } }] });
    const larger = await requested({ cpu: '2' });
    assert.deepEqual([larger.spec!.containers[0]!.image, larger.metadata.generation], ['i', 2]);
    assert.deepEqual(larger.spec!.containers[0]!.resources?.requests, { cpu: '2', memory: '1Gi' });
    const why = 'Pod "part" is invalid: spec';
    await refused(
      requested({ 'ephemeral-storage': '1Gi' }),
      422,
      `${why}: Forbidden: only cpu and memory resources are mutable`,
    );
    await refused(
      requested({ memory: null }),
      422,
      `${why}.containers[0].resources.requests: Forbidden: resource requests cannot be removed`,
    );
    const debug = (image: string) =>
      write('ephemeralcontainers', { ephemeralContainers: [{ name: 'debug', image }] });
    assert.equal((await debug('a')).spec!.ephemeralContainers?.[0]?.image, 'a');
    for (const ephemeralContainers of [
      [
        { name: 'debug', image: 'b' },
        { name: 'more', image: 'b' },
      ],
      null,
    ]) {
      const update = client.patch(pods, namespace, 'part', 'merge', { spec: { ephemeralContainers } });
      await assert.rejects(
        update,
        /is invalid: spec: Forbidden: pod updates may not change fields other than /,
      );
    }
    const changed = '@@ -1,6 +1,6 @@\n {\n  "Name": "debug",\n- "Image": "a",\n+ "Image": "b",\n';
    await refused(
      debug('b'),
      422,
      `${why}.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n${changed}  "Command": null,\n  "Args": null,\n  "WorkingDir": "",\n`,
    );
    await refused(
      write('ephemeralcontainers', { ephemeralContainers: null }),
      422,
      `${why}.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n`,
    );
  });

  test('a pod ends at once unless it runs somewhere', async () => {
    await pod('unscheduled', { schedulerName: 'none' });
    await client.delete(pods, namespace, 'unscheduled');
    await refused(client.get(pods, namespace, 'unscheduled'), 404, 'pods "unscheduled" not found');
    await pod('running', { nodeName: 'a', terminationGracePeriodSeconds: 7 });
    await client.delete(pods, namespace, 'running');
    const ending = await client.get(pods, namespace, 'running');
    assert.equal(ending.metadata.deletionGracePeriodSeconds, 7);
    await client.delete(pods, namespace, 'running', { gracePeriodSeconds: 3 });
    assert.equal((await client.get(pods, namespace, 'running')).metadata.deletionGracePeriodSeconds, 3);
    await client.delete(pods, namespace, 'running', { gracePeriodSeconds: 0 });
    await refused(client.get(pods, namespace, 'running'), 404, 'pods "running" not found');
  });

  test('an eviction asks the disruption budget', async () => {
    const labels = { app: 'guarded' };
    const made = await pod('guarded', { nodeName: 'a' }, labels);
    const conditions = [{ type: 'Ready', status: 'True' }];
    await client.updateStatus(pods, { ...made, status: { phase: 'Running', conditions } });
    await client.create(podDisruptionBudgets, {
      metadata: { name: 'budget', namespace },
      spec: { selector: { matchLabels: labels }, minAvailable: 1 },
    });
    const evict = (deleteOptions = {}) =>
      client.createSubresource(pods, namespace, 'guarded', 'eviction', {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'guarded', namespace },
        deleteOptions,
      });
    const error = await refused(
      evict(),
      429,
      "Cannot evict pod as it would violate the pod's disruption budget.",
    );
    assert.equal(error.status.details?.causes?.[0]?.reason, 'DisruptionBudget');
    const budget = await client.get(podDisruptionBudgets, namespace, 'budget');
    await client.updateStatus(podDisruptionBudgets, {
      ...budget,
      status: {
        observedGeneration: 1,
        disruptionsAllowed: 1,
        currentHealthy: 2,
        desiredHealthy: 1,
        expectedPods: 2,
      },
    });
    const conflict = 'Operation cannot be fulfilled on Pod "guarded": the';
    const { uid, resourceVersion } = (await client.get(pods, namespace, 'guarded')).metadata;
    await refused(
      evict({ preconditions: { uid: 'other' } }),
      409,
      `${conflict} UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
    await refused(
      evict({ preconditions: { resourceVersion: '1' } }),
      409,
      `${conflict} ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
    const spared = await client.get(pods, namespace, 'guarded');
    assert.deepEqual(spared.metadata.resourceVersion, resourceVersion, 'nothing is said on it');
    await evict({ preconditions: { uid, resourceVersion } });
    assert.ok((await client.get(pods, namespace, 'guarded')).metadata.deletionTimestamp);
    const spent = await client.get(podDisruptionBudgets, namespace, 'budget');
    assert.equal(spent.status?.disruptionsAllowed, 0);
    assert.ok(spent.status?.disruptedPods?.guarded);
    assert.equal(spent.status?.conditions?.[0]?.reason, 'InsufficientPods');
    const ill = await pod('ill', { nodeName: 'a' }, labels);
    await client.updateStatus(pods, { ...ill, status: { phase: 'Running' } });
    await client.createSubresource(pods, namespace, 'ill', 'eviction', {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'ill', namespace },
    });
    assert.ok((await client.get(pods, namespace, 'ill')).metadata.deletionTimestamp);
  });

  test('a node gets tokens for its own pods only', async () => {
    const mine = await pod('mine', { nodeName: 'a' });
    const other = await pod('other', { nodeName: 'b' });
    const user = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
    const kubelet = createClient(createInProcessTransport(wired.cluster.controlPlane.server, user));
    const ask = (bound?: Pod) =>
      kubelet.createSubresource(serviceAccounts, namespace, 'default', 'token', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: [],
          ...(bound
            ? {
                boundObjectRef: {
                  apiVersion: 'v1',
                  kind: 'Pod',
                  name: bound.metadata.name,
                  uid: bound.metadata.uid,
                },
              }
            : {}),
        },
      });
    const issued = (await ask(mine)) as { spec: { audiences: string[] }; status: { token: string } };
    assert.deepEqual(issued.spec.audiences, ['https://kubernetes.default.svc.cluster.local']);
    assert.match(issued.status.token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    const refusal = 'serviceaccounts "default" is forbidden: node requested token ';
    await refused(ask(), 403, `${refusal}not bound to a pod`);
    await refused(ask(other), 403, `${refusal}bound to a pod scheduled on a different node`);
    const review = await wired.send({
      path: '/api/v1/namespaces/sub/pods',
      headers: { authorization: `Bearer ${issued.status.token}` },
    });
    assert.equal(review.status, 200, 'the certificate counts first');
    const protocol = `base64url.bearer.authorization.k8s.io.${Buffer.from(issued.status.token).toString('base64url')}`;
    const socket = await wired.dial({ cert: undefined, key: undefined } as never);
    socket.write(
      `GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: ${protocol}, chat\r\n\r\n`,
    );
    let text = '';
    for await (const chunk of socket) text += chunk;
    assert.match(text, /^HTTP\/1\.1 200 /);
  });

  test('reviews of access say what would be', async () => {
    const review = async (user: string, verb: string) => {
      const { json } = await wired.send({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: {
          kind: 'SubjectAccessReview',
          apiVersion: 'authorization.k8s.io/v1',
          spec: { user, resourceAttributes: { verb, resource: 'pods', namespace } },
        },
      });
      return (json.status as never as { allowed: boolean }).allowed;
    };
    assert.deepEqual(
      [await review('system:kube-scheduler', 'list'), await review('ann', 'list')],
      [true, false],
    );
  });

  test('an autoscaler in both of its versions', async () => {
    const path = (version: string) =>
      `/apis/autoscaling/${version}/namespaces/${namespace}/horizontalpodautoscalers`;
    const spec = {
      scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
      minReplicas: 1,
      maxReplicas: 3,
      targetCPUUtilizationPercentage: 60,
    };
    const made = await wired.send({
      method: 'POST',
      path: path('v1'),
      body: { kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v1', metadata: { name: 'h' }, spec },
    });
    assert.equal(made.status, 201, made.text);
    const second = (await wired.send({ path: `${path('v2')}/h` })).json as never as {
      spec: { metrics: { resource: { target: { averageUtilization: number } } }[] };
    };
    assert.equal(second.spec.metrics[0]?.resource.target.averageUtilization, 60);
    const first = (await wired.send({ path: `${path('v1')}/h` })).json as never as { spec: typeof spec };
    assert.deepEqual(first.spec, spec);
  });

  test('logs of pods that have none, and of containers that are not there', async () => {
    await pod('logged', {
      schedulerName: 'none',
      containers: [
        { name: 'x', image: 'i' },
        { name: 'y', image: 'i' },
      ],
    });
    const log = (query: string) =>
      wired.send({ path: `/api/v1/namespaces/${namespace}/pods/logged/log${query}` });
    const many = await log('');
    assert.deepEqual(
      [many.status, many.json.message],
      [400, 'a container name must be specified for pod logged, choose one of: [x y]'],
    );
    assert.equal((await log('?container=z')).json.message, 'container z is not valid for pod logged');
    const bad = await log('?container=x&tailLines=-1');
    assert.equal(bad.status, 422);
    const worse = await log('?container=x&tailLines=-1&sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z');
    assert.equal(
      worse.json.message,
      'PodLogOptions "logged" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, ' +
        '[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified]',
    );
    assert.match((await log('?container=x&sinceTime=x')).json.message ?? '', /^parsing time "x" as /);
    const empty = await log('?container=x');
    assert.deepEqual([empty.status, empty.text, empty.headers['content-type']], [204, '', undefined]);
    const refusedUpgrade = await wired.send({
      path: `/api/v1/namespaces/${namespace}/pods/none/exec?command=ls`,
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
    assert.equal(refusedUpgrade.status, 404);
    assert.match(String(refusedUpgrade.headers['audit-id']), /^[0-9a-f-]{36}$/);
    assert.equal(refusedUpgrade.json.message, 'pods "none" not found');
  });

  test('of a Scale that is not there, the object is missing', async () => {
    const missing = async (path: string) => (await wired.send({ path })).json.message;
    const apps = `/apis/apps/v1/namespaces/${namespace}`;
    assert.equal(await missing(`${apps}/deployments/x/scale`), 'deployments.apps "x" not found');
    assert.equal(await missing(`${apps}/statefulsets/x/scale`), 'statefulsets.apps "x" not found');
    assert.equal(
      await missing(`/api/v1/namespaces/${namespace}/replicationcontrollers/x/scale`),
      'replicationcontrollers "x" not found',
    );
  });

  test('a Scale shows as a table, and as metadata', async () => {
    const labels = { app: 'scaled' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await client.create(replicaSets, {
      metadata: { name: 'scaled', namespace },
      spec: { replicas: 3, selector: { matchLabels: labels }, template },
    });
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/scaled/scale`;
    const shown = (as: string) =>
      wired.send({ path, headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` } });
    const { kind, columnDefinitions, rows } = (await shown('Table')).json as unknown as Table;
    const names = columnDefinitions.map(({ name }) => name);
    assert.deepEqual([kind, names], ['Table', ['Name', 'Desired', 'Available', 'Age']]);
    assert.deepEqual(rows[0]!.cells.slice(0, 3), ['scaled', 3, 0]);
    assert.equal((await shown('PartialObjectMetadata')).json.kind, 'PartialObjectMetadata');
    const none = { method: 'PUT', path, body: { metadata: { name: 'scaled', namespace }, spec: {} } };
    assert.deepEqual((await wired.send(none)).json.spec, {});
    assert.equal((await client.get(replicaSets, namespace, 'scaled')).spec?.replicas, 0);
  });

  test('a Scale of nothing says so by silence, and is of the object that it names', async () => {
    const labels = { app: 'none' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const spec = { replicas: 0, selector: { matchLabels: labels }, template };
    await client.create(replicaSets, { metadata: { name: 'none', namespace }, spec });
    const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/none/scale`;
    const scale = (await wired.send({ path })).json;
    assert.deepEqual(scale.spec, {});
    const put = (uid: unknown) =>
      wired.send({
        method: 'PUT',
        path,
        body: { ...scale, metadata: { name: 'none', uid }, spec: { replicas: 1 } },
      });
    const refused = await put('another');
    assert.equal(refused.status, 409);
    assert.match(
      String(refused.json.message),
      /Precondition failed: UID in precondition: another, UID in object/,
    );
    assert.deepEqual((await put((scale.metadata as { uid: string }).uid)).json.spec, { replicas: 1 });
  });

  test('what holds a namespace is only set', async () => {
    await client.create(namespaces, { metadata: { name: 'finalized' } });
    const path = '/api/v1/namespaces/finalized/finalize';
    for (const method of ['GET', 'PATCH']) {
      const headers = { 'content-type': 'application/merge-patch+json' };
      const sent = method === 'PATCH' ? { body: {}, headers } : {};
      assert.equal((await wired.send({ method, path, ...sent })).status, 405);
    }
    const body = {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { name: 'finalized' },
      spec: { finalizers: [] },
    };
    assert.deepEqual((await wired.send({ method: 'PUT', path, body })).json.spec, {});
  });

  test('a binding names its pod', async () => {
    const target = { kind: 'Node', name: 'n' };
    const body = { kind: 'Binding', apiVersion: 'v1', metadata: {}, target };
    const path = `/api/v1/namespaces/${namespace}/bindings`;
    const { status, json } = await wired.send({ method: 'POST', path, body });
    assert.deepEqual([status, json.message], [400, 'Name parameter required.']);
  });

  test('watches frame protobuf as they should', async () => {
    const { bytes, headers } = await wired.send({
      path: `/api/v1/namespaces/${namespace}/pods?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dbound`,
      headers: { accept: 'application/vnd.kubernetes.protobuf;stream=watch' },
    });
    assert.equal(headers['content-type'], 'application/vnd.kubernetes.protobuf;stream=watch');
    const length = bytes.readUInt32BE(0);
    assert.equal(bytes.length, 4 + length);
    assert.ok(bytes.includes('ADDED') && bytes.includes('k8s\0'));
    const seen: KubeObject | undefined = await client.get(pods, namespace, 'bound');
    assert.ok(bytes.includes(seen.metadata.uid!));
  });
});
