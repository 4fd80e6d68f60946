import {
  daemonSets,
  horizontalPodAutoscalers,
  nodes,
  pods,
  replicationControllers,
  statefulSets,
} from '#api/generated/refs.ts';
import type { Pod, Taint } from '#api/generated/types/core.v1.ts';
import { randomInt, shuffled } from '#base/random.ts';
import { isReady, livePods } from '#sim/checkers/pods.ts';
import type { Expectation } from '#sim/intent.ts';
import { podTemplate } from '#sim/objects.ts';
import type { User } from '#sim/user.ts';
import { type Story, type Telling, unlike } from './story.ts';

interface Wanted {
  replicas: number;
  image: string;
}

function imagesOf(members: readonly Pod[]): string[] {
  return members.map(pod => pod.spec!.containers[0]!.image!);
}

/** As many pods as wanted, all of the last image and ready. */
function podsAsWanted({ namespace }: Telling, app: string, wanted: () => Wanted): Expectation {
  return world => {
    const members = livePods(world, namespace, app);
    return [
      ...unlike('the images of the pods', imagesOf(members), Array(wanted().replicas).fill(wanted().image)),
      ...members.filter(pod => !isReady(pod)).map(pod => `${pod.metadata.name} is not ready`),
    ];
  };
}

/** A ReplicationController, scaled. Its template changes, which its pods do not follow. */
export const controllers: Story = {
  name: 'controllers',
  controllers: ['replicationcontroller'],
  exploring: { nodes: 1 },
  steps: telling => {
    const { user, namespace, random, intent } = telling;
    const wanted: Wanted = { replicas: randomInt(random, 4), image: 'old:1' };
    const scale = async () => {
      wanted.replicas = randomInt(random, 4);
      await user.scale(replicationControllers, namespace, 'old', wanted.replicas);
    };
    return [
      async () => {
        intent.expectations.set(
          'ReplicationController old',
          podsAsWanted(telling, 'old', () => wanted),
        );
        await user.create(replicationControllers, {
          metadata: { namespace, name: 'old' },
          spec: {
            replicas: wanted.replicas,
            selector: { app: 'old' },
            template: podTemplate('old', 'old:1', '10m'),
          },
        });
      },
      scale,
      scale,
    ];
  },
};

/** A StatefulSet, scaled and updated. */
export const stateful: Story = {
  name: 'stateful',
  controllers: ['statefulset'],
  exploring: { nodes: 1 },
  steps: telling => {
    const { user, namespace, random, intent } = telling;
    const wanted: Wanted = { replicas: 1 + randomInt(random, 3), image: 'db:1' };
    const scale = async () => {
      wanted.replicas = randomInt(random, 4);
      await user.scale(statefulSets, namespace, 'db', wanted.replicas);
    };
    const update = async () => {
      wanted.image = 'db:2';
      const containers = [{ name: 'main', image: 'db:2' }];
      await user.patch(statefulSets, namespace, 'db', { spec: { template: { spec: { containers } } } });
    };
    const podManagementPolicy = random.next() < 0.5 ? 'Parallel' : 'OrderedReady';
    return [
      async () => {
        intent.expectations.set(
          'StatefulSet db',
          podsAsWanted(telling, 'db', () => wanted),
        );
        intent.expectations.set('names of StatefulSet db', world => {
          const names = livePods(world, namespace, 'db').map(pod => pod.metadata.name);
          return unlike(
            'the pods',
            names.sort(),
            Array.from({ length: wanted.replicas }, (_, i) => `db-${i}`),
          );
        });
        intent.expectations.set('status of StatefulSet db', world => {
          const { status } = world.get(statefulSets, `${namespace}/db`) ?? {};
          const counts = [status?.replicas, status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0];
          return [
            ...unlike('status', counts, Array(3).fill(wanted.replicas)),
            ...unlike('currentRevision', status?.currentRevision, status?.updateRevision),
          ];
        });
        await user.create(statefulSets, {
          metadata: { namespace, name: 'db' },
          spec: {
            replicas: wanted.replicas,
            serviceName: 'db',
            podManagementPolicy,
            selector: { matchLabels: { app: 'db' } },
            template: podTemplate('db', 'db:1', '10m'),
          },
        });
      },
      ...shuffled(random, [scale, scale, update]),
    ];
  },
};

/** A StatefulSet below what its autoscaler allows, and then above; nothing measures its pods. */
export const autoscaled: Story = {
  name: 'autoscaled',
  controllers: ['horizontal-pod-autoscaler'],
  // The autoscaler notes what it asks for once it has the answer, and asks no second time for what is so.
  exploring: { beside: ['statefulset'], nodes: 1, ignored: ['desiredReplicas', 'lastScaleTime'] },
  steps: telling => {
    const { user, namespace, intent } = telling;
    const wanted: Wanted = { replicas: 1, image: 'app:1' };
    return [
      async () => {
        intent.expectations.set(
          'StatefulSet app',
          podsAsWanted(telling, 'app', () => wanted),
        );
        await user.create(statefulSets, {
          metadata: { namespace, name: 'app' },
          spec: {
            replicas: wanted.replicas,
            serviceName: 'app',
            selector: { matchLabels: { app: 'app' } },
            template: podTemplate('app', 'app:1', '10m'),
          },
        });
      },
      async () => {
        wanted.replicas = 2;
        await user.create(horizontalPodAutoscalers, {
          metadata: { namespace, name: 'app' },
          spec: {
            scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'app' },
            minReplicas: 2,
            maxReplicas: 3,
          },
        });
      },
      async () => {
        wanted.replicas = 3;
        await user.scale(statefulSets, namespace, 'app', 5);
      },
    ];
  },
};

/** A DaemonSet, updated. */
export const daemons: Story = {
  name: 'daemons',
  controllers: ['daemonset'],
  exploring: { nodes: 3 },
  steps: telling => {
    const { user, namespace, random, intent } = telling;
    const wanted: Wanted = { replicas: 0, image: 'agent:1' };
    const maxSurge = randomInt(random, 2);
    const maxUnavailable = maxSurge === 0 ? 1 + randomInt(random, 2) : 0;
    return [
      async () => {
        intent.expectations.set('DaemonSet agent', world => {
          wanted.replicas = world.list(nodes).length;
          const on = livePods(world, namespace, 'agent').map(pod => pod.spec!.nodeName);
          return [
            ...podsAsWanted(telling, 'agent', () => wanted)(world),
            ...unlike('the number of nodes with a daemon', new Set(on).size, wanted.replicas),
          ];
        });
        intent.expectations.set('status of DaemonSet agent', world => {
          const { status } = world.get(daemonSets, `${namespace}/agent`) ?? {};
          const counts = [
            status?.desiredNumberScheduled,
            status?.numberReady,
            status?.updatedNumberScheduled,
          ];
          return unlike('status', counts, Array(3).fill(wanted.replicas));
        });
        await user.create(daemonSets, {
          metadata: { namespace, name: 'agent' },
          spec: {
            selector: { matchLabels: { app: 'agent' } },
            updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
            template: podTemplate('agent', 'agent:1', '10m'),
          },
        });
      },
      async () => {
        wanted.image = 'agent:2';
        const containers = [{ name: 'main', image: 'agent:2' }];
        await user.patch(daemonSets, namespace, 'agent', { spec: { template: { spec: { containers } } } });
      },
    ];
  },
};

/** As kubectl taint: what is there already, but for the story's own. */
function setTaints(user: User, name: string, change: (others: readonly Taint[]) => readonly Taint[]) {
  return user.attempt(async client => {
    const node = await client.get(nodes, '', name);
    const others = (node.spec?.taints ?? []).filter(({ key }) => key !== 'repair');
    await client.update(nodes, { ...node, spec: { ...node.spec, taints: [...change(others)] } });
  });
}

/** A node that keeps pods away for a while, those with a toleration for no more than a few seconds; and one that is no more. */
export const evictions: Story = {
  name: 'evictions',
  controllers: ['pod-garbage-collector', 'taint-eviction-controller'],
  exploring: { nodes: 3 },
  steps: ({ user, namespace, random, intent }) => {
    const node = `hollow-${randomInt(random, 3)}`;
    const taint = { key: 'repair', effect: 'NoExecute' };
    const [name, tolerationSeconds] = ['guest', randomInt(random, 30)];
    return [
      () => {
        const { spec } = podTemplate('guest', 'guest:1', '10m');
        const tolerations = [{ key: 'repair', operator: 'Exists', effect: 'NoExecute', tolerationSeconds }];
        const pod = { metadata: { namespace, name }, spec: { ...spec!, tolerations } };
        return user.create(pods, pod);
      },
      () => {
        const { spec } = podTemplate('lost', 'lost:1', '10m');
        intent.expectations.set('a pod on a node that is no more', world =>
          unlike('the pod', world.get(pods, `${namespace}/lost`)?.metadata.name, undefined),
        );
        return user.create(pods, {
          metadata: { namespace, name: 'lost' },
          spec: { ...spec!, nodeName: 'no-more' },
        });
      },
      () => setTaints(user, node, others => [...others, taint]),
      () => setTaints(user, node, others => others),
    ];
  },
};
