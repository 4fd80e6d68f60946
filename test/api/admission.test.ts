import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  configMaps,
  ingressClasses,
  ingresses,
  limitRanges,
  namespaces,
  persistentVolumeClaims,
  pods,
  priorityClasses,
  resourceQuotas,
  runtimeClasses,
  serviceAccounts,
  storageClasses,
} from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import { StatusError } from '#machinery/status.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { createVirtualClock } from '#main/virtual-time.ts';

describe('admission', () => {
  let cluster: Cluster;
  let client: Client;
  let count = 0;
  before(async () => {
    cluster = await startCluster({ nodes: 0, controllers: [] });
    client = cluster.client;
  });
  after(() => cluster.stop());

  async function freshNamespace(): Promise<string> {
    const name = `ns-${count++}`;
    await client.create(namespaces, { metadata: { name } });
    await client.create(serviceAccounts, { metadata: { name: 'default', namespace: name } });
    return name;
  }

  const pod = (namespace: string, name: string, resources: object = {}, spec: object = {}) =>
    client.create(pods, {
      metadata: { name, namespace },
      spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
    } as Partial<Pod>);

  async function refused(promise: Promise<unknown>, message: string, code = 403): Promise<void> {
    await assert.rejects(promise, (error: unknown) => {
      assert.ok(error instanceof StatusError);
      assert.deepEqual([error.code, error.message], [code, message]);
      return true;
    });
  }

  test('a limit range gives defaults and keeps bounds', async () => {
    const namespace = await freshNamespace();
    await client.create(limitRanges, {
      metadata: { name: 'limits', namespace },
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '200m' },
            defaultRequest: { cpu: '100m' },
            max: { cpu: '1' },
            min: { cpu: '50m' },
            maxLimitRequestRatio: { cpu: '4' },
          },
          { type: 'Pod', max: { memory: '1Gi' } },
          { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } },
        ],
      },
    });
    const memory = { limits: { memory: '1Gi' } };
    const made = await pod(namespace, 'made', memory);
    const { resources } = made.spec!.containers[0]!;
    assert.deepEqual(resources?.requests, { cpu: '100m', memory: '1Gi' });
    assert.deepEqual(resources?.limits, { cpu: '200m', memory: '1Gi' });
    assert.equal(
      made.metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    );
    await refused(
      pod(namespace, 'big', { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } }),
      'pods "big" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
    await refused(
      pod(namespace, 'small', { requests: { cpu: '10m' }, limits: { cpu: '60m' } }),
      'pods "small" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, cpu max limit to request ratio per Container is 4, but provided ratio is 6.000000, maximum memory usage per Pod is 1Gi.  No limit is specified]',
    );
    await refused(
      client.create(persistentVolumeClaims, {
        metadata: { name: 'wide', namespace },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
      }),
      'persistentvolumeclaims "wide" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
    );
  });

  test('limit ranges are asked one by one, and about resizes', async () => {
    const namespace = await freshNamespace();
    const range = (name: string, ...limits: object[]) =>
      client.create(limitRanges, { metadata: { name, namespace }, spec: { limits: limits as never } });
    const container = { type: 'Container' };
    await range('b', { ...container, max: { cpu: '3' } });
    await range('c', { ...container, max: { memory: '1Gi' } });
    await pod(namespace, 'made', { limits: { cpu: '3', memory: '1Gi' } });
    await refused(
      pod(namespace, 'big', { limits: { cpu: '4', memory: '2Gi' } }),
      'pods "big" is forbidden: maximum cpu usage per Container is 3, but limit is 4',
    );
    const resize = (cpu: string) => ({
      spec: { containers: [{ name: 'c', resources: { requests: { cpu }, limits: { cpu } } }] },
    });
    const options = { subresource: 'resize' };
    await refused(
      client.patch(pods, namespace, 'made', 'strategic', resize('4'), options),
      'pods "made" is forbidden: maximum cpu usage per Container is 3, but limit is 4',
    );
    const resized = await client.patch(pods, namespace, 'made', 'strategic', resize('2500m'), options);
    assert.equal(resized.spec!.containers[0]!.resources?.limits?.cpu, '2500m');
  });

  test('one priority class is the default, and pods say nothing against theirs', async () => {
    const namespace = await freshNamespace();
    const create = (name: string, more: object = {}) =>
      client.create(priorityClasses, { metadata: { name }, value: 5, ...more });
    await create('first', { globalDefault: true, preemptionPolicy: 'Never' });
    const taken = (name: string) =>
      `priorityclasses.scheduling.k8s.io ${JSON.stringify(name)} is forbidden: PriorityClass first is already marked as default. Only one default can exist`;
    await refused(create('second', { globalDefault: true }), taken('second'));
    await create('second');
    const mark = (name: string) =>
      client.patch(priorityClasses, '', name, 'merge', { description: 'd', globalDefault: true });
    await refused(mark('second'), taken('second'));
    await mark('first');
    const made = await pod(namespace, 'made');
    const { priorityClassName, priority, preemptionPolicy } = made.spec!;
    assert.deepEqual([priorityClassName, priority, preemptionPolicy], ['first', 5, 'Never']);
    await refused(
      pod(namespace, 'eager', {}, { preemptionPolicy: 'PreemptLowerPriority' }),
      'pods "eager" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    );
    const { priority: _p, preemptionPolicy: _q, ...spec } = made.spec!;
    const updated = await client.update(pods, { ...made, spec });
    assert.deepEqual([updated.spec!.priority, updated.spec!.preemptionPolicy], [5, 'Never']);
    await client.delete(priorityClasses, '', 'first');
  });

  test('pods use the secrets that their account lists, and mirrored ones use none', async () => {
    const namespace = await freshNamespace();
    await client.create(serviceAccounts, {
      metadata: {
        name: 'tied',
        namespace,
        annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' },
      },
      secrets: [{ name: 'listed' }],
      imagePullSecrets: [{ name: 'pull' }],
    });
    const tied = (name: string, spec: object) =>
      pod(namespace, name, {}, { serviceAccountName: 'tied', ...spec });
    const volumes = (secretName: string) => ({ volumes: [{ name: 'v', secret: { secretName } }] });
    const made = await tied('made', volumes('listed'));
    assert.deepEqual(made.spec?.imagePullSecrets, [{ name: 'pull' }]);
    const why = 'is not allowed because service account tied does not reference that';
    await refused(
      tied('volume', volumes('other')),
      `pods "volume" is forbidden: volume with secret.secretName="other" ${why} secret`,
    );
    const from = [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 'other' } }] }];
    await refused(
      tied('env', { containers: from }),
      `pods "env" is forbidden: container c with envFrom referencing secret.secretName="other" ${why} secret`,
    );
    await refused(
      tied('pulls', { imagePullSecrets: [{ name: 'other' }] }),
      `pods "pulls" is forbidden: imagePullSecrets[0].name="other" ${why} imagePullSecret`,
    );
    const debug = [{ ...from[0]!, name: 'debug' }];
    await refused(
      client.patch(
        pods,
        namespace,
        'made',
        'strategic',
        { spec: { ephemeralContainers: debug } },
        { subresource: 'ephemeralcontainers' },
      ),
      `ephemeral container debug with envFrom referencing secret.secretName="other" ${why} secret`,
      500,
    );
    const mirrored = (name: string, spec: object) =>
      client.create(pods, {
        metadata: { name, namespace, annotations: { 'kubernetes.io/config.mirror': 'x' } },
        spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }], ...spec },
      } as Partial<Pod>);
    await refused(
      mirrored('account', { serviceAccountName: 'tied' }),
      'pods "account" is forbidden: a mirror pod may not reference service accounts',
    );
    await refused(
      mirrored('secret', volumes('listed')),
      'pods "secret" is forbidden: a mirror pod may not reference secrets',
    );
    assert.equal((await mirrored('plain', {})).spec?.serviceAccountName, undefined);
  });

  test('a pod waits for the account that comes with its namespace, for a while', async () => {
    const clock = createVirtualClock();
    await using own = await startCluster({ clock, nodes: 0, controllers: [] });
    await own.client.create(namespaces, { metadata: { name: 'new' } });
    const create = () =>
      own.client.create(pods, {
        metadata: { generateName: 'web-', namespace: 'new' },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      });
    const early = refused(
      create(),
      'pods "web-" is forbidden: error looking up service account new/default: serviceaccount "default" not found',
    );
    await clock.advance(5_000);
    await early;
    const waiting = create();
    await own.client.create(serviceAccounts, { metadata: { name: 'default', namespace: 'new' } });
    await clock.advance(5_000);
    assert.equal((await waiting).spec?.serviceAccountName, 'default');
  });

  test('the namespaces that no cluster is without are not deleted', async () => {
    const remove = (name: string) => client.delete(namespaces, '', name, { dryRun: true });
    for (const name of ['default', 'kube-public', 'kube-system']) {
      await refused(remove(name), `namespaces "${name}" is forbidden: this namespace may not be deleted`);
    }
    await remove('kube-node-lease');
  });

  test('a quota is never passed, however many ask at once', async () => {
    const namespace = await freshNamespace();
    await client.create(resourceQuotas, {
      metadata: { name: 'q', namespace },
      spec: { hard: { 'count/configmaps': '3', pods: '2', 'requests.cpu': '1' } },
    });
    const maps = Array.from({ length: 8 }, (_, i) =>
      client.create(configMaps, { metadata: { name: `m${i}`, namespace } }),
    );
    const results = await Promise.allSettled(maps);
    assert.equal(results.filter(result => result.status === 'fulfilled').length, 3);
    await refused(
      client.create(configMaps, { metadata: { name: 'more', namespace } }),
      'configmaps "more" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=3, limited: count/configmaps=3',
    );
    await client.delete(configMaps, namespace, 'm0');
    await client.create(configMaps, { metadata: { name: 'more', namespace } });
    await refused(
      pod(namespace, 'silent'),
      'pods "silent" is forbidden: failed quota: q: must specify requests.cpu for: c',
    );
    await pod(namespace, 'one', { requests: { cpu: '600m' } });
    await refused(
      pod(namespace, 'two', { requests: { cpu: '600m' } }),
      'pods "two" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
    await pod(namespace, 'two', { requests: { cpu: '400m' } });
    await refused(
      client.patch(
        pods,
        namespace,
        'two',
        'strategic',
        { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '500m' } } }] } },
        { subresource: 'resize' },
      ),
      'pods "two" is forbidden: exceeded quota: q, requested: requests.cpu=100m, used: requests.cpu=1, limited: requests.cpu=1',
    );
  });

  test('a quota with scopes is about the pods that it names', async () => {
    const namespace = await freshNamespace();
    await client.create(resourceQuotas, {
      metadata: { name: 'ends', namespace },
      spec: { hard: { pods: '0' }, scopes: ['Terminating'] },
    });
    await pod(namespace, 'endless');
    await refused(
      pod(namespace, 'ending', {}, { activeDeadlineSeconds: 5 }),
      'pods "ending" is forbidden: exceeded quota: ends, requested: pods=1, used: pods=0, limited: pods=0',
    );
  });

  test('claims and ingresses get the default class', async () => {
    const namespace = await freshNamespace();
    const annotations = (kind: string) => ({ [`${kind}.kubernetes.io/is-default-class`]: 'true' });
    await client.create(storageClasses, {
      metadata: { name: 'fast', annotations: annotations('storageclass') },
      provisioner: 'example.com/fast',
    });
    await client.create(ingressClasses, {
      metadata: { name: 'front', annotations: annotations('ingressclass') },
      spec: { controller: 'example.com/front' },
    });
    const claim = await client.create(persistentVolumeClaims, {
      metadata: { name: 'c', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    assert.equal(claim.spec?.storageClassName, 'fast');
    const ingress = await client.create(ingresses, {
      metadata: { name: 'i', namespace },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    });
    assert.equal(ingress.spec?.ingressClassName, 'front');
  });

  test('a runtime class gives its overhead and its nodes', async () => {
    const namespace = await freshNamespace();
    await client.create(runtimeClasses, {
      metadata: { name: 'vm' },
      handler: 'vm',
      overhead: { podFixed: { cpu: '10m' } },
      scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
    });
    const made = await pod(namespace, 'vm', {}, { runtimeClassName: 'vm' });
    assert.deepEqual([made.spec?.overhead, made.spec?.nodeSelector], [{ cpu: '10m' }, { vm: 'yes' }]);
    assert.ok(made.spec?.tolerations?.some(toleration => toleration.key === 'vm'));
    await refused(
      pod(namespace, 'none', {}, { runtimeClassName: 'none' }),
      'pods "none" is forbidden: pod rejected: RuntimeClass "none" not found',
    );
    await refused(
      pod(namespace, 'elsewhere', {}, { runtimeClassName: 'vm', nodeSelector: { vm: 'no' } }),
      'pods "elsewhere" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no',
    );
    await refused(
      pod(namespace, 'heavy', {}, { overhead: { cpu: '10m' } }),
      'pods "heavy" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
    const same = await pod(namespace, 'same', {}, { runtimeClassName: 'vm', overhead: { cpu: '0.01' } });
    assert.deepEqual(same.spec?.overhead, { cpu: '10m' });
  });
});
