/** Small worlds in which the explorer reorders events, injects conflicts and crashes; see docs/explore.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configMaps,
  deployments,
  horizontalPodAutoscalers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
  secrets,
  serviceCIDRs,
  services,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from '#api/generated/refs.ts';
import type { PodSpec } from '#api/generated/types/core.v1.ts';
import type { DeviceTaint } from '#api/generated/types/resource.v1.ts';
import type { Client } from '#client/client.ts';
import { type Exploration, explore, type Step } from '#explore/index.ts';
import { attachDetachController } from './attachdetach/controller.ts';
import { bootstrapSignerController } from './bootstrapsigner/controller.ts';
import { deviceTaintEvictionController } from './devicetainteviction/controller.ts';
import { ephemeralVolumeController } from './ephemeralvolume/controller.ts';
import { horizontalPodAutoscalerController } from './horizontalpodautoscaler/controller.ts';
import { nodeIpamController } from './nodeipam/controller.ts';
import { nodeLifecycleController } from './nodelifecycle/controller.ts';
import { persistentVolumeBinder } from './persistentvolumebinder/controller.ts';
import { podGarbageCollectorController } from './podgc/controller.ts';
import { resourceClaimController } from './resourceclaim/controller.ts';
import { serviceCidrController } from './servicecidrs/controller.ts';
import { taintEvictionController } from './tainteviction/controller.ts';
import { tokenCleanerController } from './tokencleaner/controller.ts';
import { volumeAttributesClassProtectionController } from './vacprotection/controller.ts';

const namespace = 'default';
const accessModes = ['ReadWriteOnce'];
const claimSpec = { accessModes, resources: { requests: { storage: '1Gi' } }, storageClassName: '' };
const volumeSpec = {
  capacity: { storage: '1Gi' },
  accessModes,
  csi: { driver: 'd.example', volumeHandle: 'h' },
};
const devices = { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] };
const device = { request: 'gpu', driver: 'd.example', pool: 'p', device: 'd' };

/** Far enough apart for an event that comes late to be in time: who is first is nobody's fault. */
const step = (name: string, act: (client: Client) => Promise<unknown>): Step => ({
  name,
  act,
  pauseMs: 30_000,
});

const createPod = (client: Client, name: string, spec: Partial<PodSpec>) =>
  client.create(pods, {
    metadata: { namespace, name },
    spec: { automountServiceAccountToken: false, ...spec, containers: [{ name: 'main', image: 'i' }] },
  });
const deletePod = (client: Client, name: string) =>
  client.delete(pods, namespace, name, { gracePeriodSeconds: 0 });
const createClaim = (client: Client, name: string, more: object = {}) =>
  client.create(persistentVolumeClaims, { metadata: { namespace, name }, spec: { ...claimSpec, ...more } });

/** Without waiting for who protects claims: no part of these worlds. */
async function deleteClaim(client: Client, name: string): Promise<void> {
  const { metadata, ...claim } = await client.get(persistentVolumeClaims, namespace, name);
  await client.update(persistentVolumeClaims, { ...claim, metadata: { ...metadata, finalizers: [] } });
  await client.delete(persistentVolumeClaims, namespace, name);
}

async function boundVolume(client: Client): Promise<void> {
  const claimRef = { namespace, name: 'c' };
  await client.create(persistentVolumes, { metadata: { name: 'v' }, spec: { ...volumeSpec, claimRef } });
  const claim = await createClaim(client, 'c', { volumeName: 'v' });
  await client.updateStatus(persistentVolumeClaims, { ...claim, status: { phase: 'Bound' } });
  const volume = await client.get(persistentVolumes, '', 'v');
  const bound = { ...claimRef, uid: claim.metadata.uid! };
  await client.update(persistentVolumes, { ...volume, spec: { ...volume.spec, claimRef: bound } });
}

async function attached(client: Client): Promise<void> {
  const { items } = await client.list(volumeAttachments, '');
  assert.equal(items.length, 1);
  await client.updateStatus(volumeAttachments, { ...items[0]!, status: { attached: true } });
}

async function allocate(client: Client, name: string, reservedFor: { name: string; uid: string }[] = []) {
  const claim = await client.get(resourceClaims, namespace, name);
  const finalizers = ['resource.kubernetes.io/delete-protection'];
  const held = await client.update(resourceClaims, { ...claim, metadata: { ...claim.metadata, finalizers } });
  const consumers = reservedFor.map(consumer => ({ resource: 'pods', ...consumer }));
  const status = { allocation: { devices: { results: [device] } }, reservedFor: consumers };
  await client.updateStatus(resourceClaims, { ...held, status });
}

async function fail(client: Client, name: string): Promise<void> {
  const pod = await client.get(pods, namespace, name);
  await client.updateStatus(pods, { ...pod, status: { ...pod.status, phase: 'Failed' } });
}

const slice = (generation: number, taints: DeviceTaint[] = []) => ({
  driver: device.driver,
  nodeName: 'n',
  pool: { name: device.pool, generation, resourceSliceCount: 1 },
  devices: [{ name: device.device, taints }],
});

const scaled = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name });
const deployment = (client: Client, name: string) =>
  client.create(deployments, {
    metadata: { namespace, name },
    spec: {
      replicas: 5,
      selector: { matchLabels: { name } },
      template: { metadata: { labels: { name } }, spec: { containers: [{ name: 'main', image: 'i' }] } },
    },
  });
const autoscaler = (client: Client, name: string, minReplicas: number, maxReplicas: number) =>
  client.create(horizontalPodAutoscalers, {
    metadata: { namespace, name },
    spec: { scaleTargetRef: scaled(name), minReplicas, maxReplicas },
  });

const worlds: Record<string, Exploration> = {
  'claims of devices': {
    controllers: [resourceClaimController],
    // A finalizer that outlived its allocation goes with the claim, as upstream's does.
    ignored: ['finalizers'],
    setUp: client =>
      client.create(resourceClaimTemplates, {
        metadata: { namespace, name: 'gpu' },
        spec: { spec: { devices } },
      }),
    steps: [
      step('create a pod with a template', client =>
        createPod(client, 'a', { resourceClaims: [{ name: 'one', resourceClaimTemplateName: 'gpu' }] }),
      ),
      step('create a claim', client =>
        client.create(resourceClaims, { metadata: { namespace, name: 'shared' }, spec: { devices } }),
      ),
      step('allocate it', client => allocate(client, 'shared')),
      step('create a pod on a node', client =>
        createPod(client, 'b', {
          nodeName: 'n',
          resourceClaims: [{ name: 'c', resourceClaimName: 'shared' }],
        }),
      ),
      step('let the first fail', client => fail(client, 'a')),
      step('delete the second', client => deletePod(client, 'b')),
    ],
  },
  'taints of devices': {
    controllers: [deviceTaintEvictionController],
    setUp: async client => {
      await client.create(resourceSlices, { metadata: { name: 's' }, spec: slice(1) });
      const resourceClaimNames = [{ name: 'c', resourceClaimName: 'c' }];
      const pod = await createPod(client, 'a', { nodeName: 'n', resourceClaims: resourceClaimNames });
      await client.create(resourceClaims, { metadata: { namespace, name: 'c' }, spec: { devices } });
      await allocate(client, 'c', [{ name: 'a', uid: pod.metadata.uid! }]);
    },
    steps: [
      step('taint the device', client => {
        const spec = slice(2, [{ key: 'broken', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' }]);
        return client.patch(resourceSlices, '', 's', 'merge', { spec });
      }),
    ],
  },
  'ephemeral volumes': {
    controllers: [ephemeralVolumeController],
    steps: [
      step('create a pod', client =>
        createPod(client, 'a', {
          volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: claimSpec } } }],
        }),
      ),
      step('delete its claim', client => deleteClaim(client, 'a-v')),
    ],
  },
  attachments: {
    controllers: [attachDetachController],
    // The explorer does not wait for what is written of nodes alone.
    compared: object => (object.kind === 'Node' ? undefined : object),
    setUp: async client => {
      for (const name of ['n', 'm']) await client.create(nodes, { metadata: { name } });
      await boundVolume(client);
    },
    steps: ['n', 'm'].flatMap(nodeName => [
      step(`create a pod on ${nodeName}`, client =>
        createPod(client, nodeName, {
          nodeName,
          volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
        }),
      ),
      step('attach its volume', attached),
      step('delete it', client => deletePod(client, nodeName)),
    ]),
  },
  'ranges of Services': {
    controllers: [serviceCidrController],
    steps: [
      step('create a range', client =>
        client.create(serviceCIDRs, { metadata: { name: 'a' }, spec: { cidrs: ['10.9.0.0/24'] } }),
      ),
      step('use an address of it', client =>
        client.create(services, {
          metadata: { namespace, name: 's' },
          spec: { clusterIP: '10.9.0.7', ports: [{ port: 80 }] },
        }),
      ),
      step('delete the range', client => client.delete(serviceCIDRs, '', 'a')),
      step('free the address', client => client.delete(services, namespace, 's')),
    ],
  },
  'networks of nodes': {
    controllers: [nodeIpamController({ clusterCidrs: ['10.1.0.0/23'] })],
    invariants: [
      {
        name: 'no two nodes have the same network',
        always: world => {
          const all = world.list(nodes).flatMap(({ spec }) => spec?.podCIDRs ?? []);
          return new Set(all).size === all.length ? undefined : `shared: ${all.join(' ')}`;
        },
      },
    ],
    compared: () => undefined,
    steps: [
      ...['a', 'b', 'c'].map(name =>
        step(`add ${name}`, client => client.create(nodes, { metadata: { name } })),
      ),
      step('remove a', client => client.delete(nodes, '', 'a')),
    ],
  },
  'pods of a node that falls silent': {
    controllers: [nodeLifecycleController, podGarbageCollectorController, taintEvictionController],
    company: { nodes: 1 },
    // The explorer does not wait for what is written of nodes alone.
    compared: object => (object.kind === 'Node' ? undefined : object),
    invariants: [
      {
        name: 'it is told that nobody hears of the node',
        finally: world => {
          const [node] = world.list(nodes).filter(({ metadata }) => metadata.name === 'silent');
          const taints = node?.spec?.taints?.map(({ key, effect }) => `${key} ${effect}`) ?? [];
          const missing = ['NoExecute', 'NoSchedule'].map(
            effect => `node.kubernetes.io/unreachable ${effect}`,
          );
          return missing.filter(taint => !taints.includes(taint));
        },
      },
      {
        // Nobody is there to end them.
        name: 'pods that do not tolerate it for good are deleted',
        finally: world => {
          const left = world.list(pods).map(({ metadata }) => metadata);
          const ending = left.filter(({ deletionTimestamp }) => deletionTimestamp).map(({ name }) => name);
          const staying = left.filter(({ deletionTimestamp }) => !deletionTimestamp).map(({ name }) => name);
          const is = [ending.sort(), staying.sort()].join(' | ');
          return is === 'p0,p1 | heard,p2' ? undefined : is;
        },
      },
      {
        name: 'a node that is heard of keeps its pods',
        always: (world, { type, object }) =>
          type !== 'added' && object.metadata.name === 'heard' && !world.get(pods, `${namespace}/heard`)
            ? 'its pod is gone'
            : undefined,
      },
    ],
    setUp: client =>
      client.create(nodes, {
        metadata: { name: 'silent' },
        status: {
          conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' }],
        },
      }),
    steps: [
      step('create a pod on a node that is heard of', client =>
        createPod(client, 'heard', { nodeName: 'hollow-0' }),
      ),
      ...[0, 30, undefined].map((tolerationSeconds, i) =>
        step('create a pod on the other', async client => {
          const toleration = {
            key: 'node.kubernetes.io/unreachable',
            effect: 'NoExecute',
            tolerationSeconds,
          };
          const tolerations = [{ ...toleration, operator: 'Exists' }];
          const pod = await createPod(client, `p${i}`, { nodeName: 'silent', tolerations });
          const conditions = [{ type: 'Ready', status: 'True' }];
          await client.updateStatus(pods, { ...pod, status: { phase: 'Running', conditions } });
        }),
      ),
      step('create a pod on a node that is none', client => createPod(client, 'lost', { nodeName: 'none' })),
    ],
  },
  autoscalers: {
    controllers: [horizontalPodAutoscalerController],
    // What was wanted last is lost with a status that could not be written, as upstream's is.
    ignored: ['lastScaleTime', 'desiredReplicas'],
    setUp: async client => {
      for (const name of ['up', 'down']) await deployment(client, name);
    },
    steps: [
      step('want more', client => autoscaler(client, 'up', 7, 10)),
      step('want fewer', client => autoscaler(client, 'down', 1, 3)),
    ],
  },
  'bootstrap tokens': {
    controllers: [bootstrapSignerController, tokenCleanerController],
    steps: [
      step('publish the cluster', client =>
        client.create(configMaps, {
          metadata: { namespace: 'kube-public', name: 'cluster-info' },
          data: { kubeconfig: 'one' },
        }),
      ),
      step('create a token', client =>
        client.create(secrets, {
          metadata: { namespace: 'kube-system', name: 'bootstrap-token-aaaaaa' },
          type: 'bootstrap.kubernetes.io/token',
          stringData: {
            'token-id': 'aaaaaa',
            'token-secret': '0123456789abcdef',
            'usage-bootstrap-signing': 'true',
          },
        }),
      ),
      step('change what is published', client =>
        client.patch(configMaps, 'kube-public', 'cluster-info', 'merge', { data: { kubeconfig: 'two' } }),
      ),
    ],
  },
  'volumes and their claims': {
    controllers: [persistentVolumeBinder({})],
    // Whether a provisioner was asked depends on what comes first.
    ignored: ['volume.beta.kubernetes.io/storage-provisioner', 'volume.kubernetes.io/storage-provisioner'],
    steps: [
      step('create a claim', client => createClaim(client, 'c', { storageClassName: undefined })),
      step('create the default class', client => {
        const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
        return client.create(storageClasses, {
          metadata: { name: 's', annotations },
          provisioner: 'd.example',
        });
      }),
      step('create a volume', client =>
        client.create(persistentVolumes, {
          metadata: { name: 'v' },
          spec: { ...volumeSpec, storageClassName: 's' },
        }),
      ),
      step('delete the claim', client => deleteClaim(client, 'c')),
    ],
  },
  'classes of volume attributes': {
    controllers: [volumeAttributesClassProtectionController],
    steps: [
      step('create a class', client =>
        client.create(volumeAttributesClasses, {
          metadata: { name: 'fast' },
          driverName: 'd.example',
          parameters: { iops: '1' },
        }),
      ),
      step('create a claim of it', client => createClaim(client, 'c', { volumeAttributesClassName: 'fast' })),
      step('delete the class', client => client.delete(volumeAttributesClasses, '', 'fast')),
      step('delete the claim', client => deleteClaim(client, 'c')),
    ],
  },
};

for (const [name, world] of Object.entries(worlds)) {
  test(`${name} come out right whatever goes wrong on the way`, async () => {
    const { failure } = await explore(world, { budget: 30 });
    assert.equal(failure?.text, undefined);
  });
}
