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
  resourceQuotas,
  runtimeClasses,
  serviceAccounts,
  storageClasses,
} from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import { StatusError } from '#machinery/status.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';

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

  async function refused(promise: Promise<unknown>, message: string): Promise<void> {
    await assert.rejects(promise, (error: unknown) => {
      assert.ok(error instanceof StatusError);
      assert.deepEqual([error.code, error.message], [403, message]);
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
  });
});
