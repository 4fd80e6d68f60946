import {
  configMaps,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  resourceQuotas,
  statefulSets,
} from '#api/generated/refs.ts';
import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import { randomInt } from '#base/random.ts';
import { StatusError } from '#machinery/status.ts';
import { isReady, livePods } from '#sim/checkers/pods.ts';
import { podTemplate } from '#sim/objects.ts';
import type { World } from '#explore/world.ts';
import { type Story, type Telling, unlike } from './story.ts';

/** Asks once for the eviction of one of the pods; a refusal is an answer. */
async function evictOne({ user, namespace, random }: Telling, app: string): Promise<void> {
  const all = (await user.list(pods, namespace)).filter(pod => pod.metadata.labels?.app === app);
  if (all.length === 0) return;
  const { name } = all[randomInt(random, all.length)]!.metadata;
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
  await user.attempt(async client => {
    try {
      await client.createSubresource(pods, namespace, name!, 'eviction', eviction);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code >= 500) throw error;
    }
  });
}

/** A guarded application whose pods are evicted. */
export const budgets: Story = {
  name: 'budgets',
  controllers: ['disruption'],
  exploring: { beside: ['statefulset'], nodes: 1, endsVary: true },
  steps: telling => {
    const { user, namespace, intent } = telling;
    const [replicas, minAvailable] = [3, 2];
    return [
      () =>
        user.create(statefulSets, {
          metadata: { namespace, name: 'safe' },
          spec: {
            replicas,
            serviceName: 'safe',
            podManagementPolicy: 'Parallel',
            selector: { matchLabels: { app: 'safe' } },
            template: podTemplate('safe', 'safe:1', '10m'),
          },
        }),
      () => {
        intent.expectations.set('PodDisruptionBudget safe', world => {
          const { status } = world.get(podDisruptionBudgets, `${namespace}/safe`) ?? {};
          const healthy = livePods(world, namespace, 'safe').filter(isReady).length;
          return [
            ...unlike('the number of healthy pods', healthy, replicas),
            ...unlike('currentHealthy', status?.currentHealthy, replicas),
            ...unlike('disruptionsAllowed', status?.disruptionsAllowed, replicas - minAvailable),
            ...unlike('disruptedPods', Object.keys(status?.disruptedPods ?? {}), []),
          ];
        });
        return user.create(podDisruptionBudgets, {
          metadata: { namespace, name: 'safe' },
          spec: { minAvailable, selector: { matchLabels: { app: 'safe' } } },
        });
      },
      () => evictOne(telling, 'safe'),
      () => evictOne(telling, 'safe'),
    ];
  },
};

/** A quota, and objects that it counts. */
export const quotas: Story = {
  name: 'quotas',
  controllers: ['resourcequota'],
  steps: ({ user, namespace, intent }) => {
    const note = (name: string) =>
      user.create(configMaps, { metadata: { namespace, name }, data: { a: 'b' } });
    return [
      () => note('first'),
      () => {
        intent.expectations.set('ResourceQuota few', world => {
          const used = world.get(resourceQuotas, `${namespace}/few`)?.status?.used;
          const counts = [world.list(configMaps, namespace), world.list(pods, namespace)].map(
            list => `${list.length}`,
          );
          return unlike('used', [used?.configmaps, used?.pods], counts);
        });
        return user.create(resourceQuotas, {
          metadata: { namespace, name: 'few' },
          spec: { hard: { configmaps: '20', pods: '5' } },
        });
      },
      () => note('second'),
      () => {
        const { spec } = podTemplate('counted', 'counted:1', '10m');
        return user.create(pods, { metadata: { namespace, name: 'counted' }, spec: spec! });
      },
      () => user.delete(configMaps, namespace, 'first'),
      () => user.delete(pods, namespace, 'counted'),
    ];
  },
};

/** A volume is free, its claim's, or what is left of a claim. */
function phaseProblems(world: World, { metadata, spec, status }: PersistentVolume): string[] {
  const { namespace, name, uid } = spec?.claimRef ?? {};
  const claim = world.get(persistentVolumeClaims, `${namespace}/${name}`);
  const phase = !uid ? 'Available' : claim?.metadata.uid === uid ? 'Bound' : 'Released';
  return unlike(`the phase of ${metadata.name}`, status?.phase, phase);
}

/** Volumes and claims: one that is used until its pod goes, one that finds a volume late. */
export const volumes: Story = {
  name: 'volumes',
  controllers: ['persistentvolume-binder', 'pv-protection', 'pvc-protection'],
  exploring: { nodes: 1, endsVary: true },
  steps: ({ user, namespace, intent }) => {
    const volume = (name: string) =>
      user.create(persistentVolumes, {
        metadata: { name },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: 'by-hand',
          hostPath: { path: `/volumes/${name}` },
        },
      });
    const claim = (name: string) =>
      user.create(persistentVolumeClaims, {
        metadata: { namespace, name },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'by-hand',
          resources: { requests: { storage: '1Gi' } },
        },
      });
    return [
      () => volume('volume-a'),
      () => claim('used'),
      () => {
        const { spec } = podTemplate('user', 'user:1', '10m');
        const mounted = [{ name: 'data', persistentVolumeClaim: { claimName: 'used' } }];
        return user.create(pods, {
          metadata: { namespace, name: 'user' },
          spec: { ...spec!, volumes: mounted },
        });
      },
      () => claim('late'),
      () => {
        intent.expectations.set('claims and volumes', world => [
          ...unlike(
            'the claims',
            world
              .list(persistentVolumeClaims, namespace)
              .map(({ metadata, status }) => [metadata.name, status?.phase]),
            [['late', 'Bound']],
          ),
          ...world.list(persistentVolumes).flatMap(volume => phaseProblems(world, volume)),
        ]);
        return user.delete(persistentVolumeClaims, namespace, 'used');
      },
      () => volume('volume-b'),
      () => user.delete(pods, namespace, 'user'),
    ];
  },
};
