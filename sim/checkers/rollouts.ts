import { deployments, replicaSets } from '#api/generated/refs.ts';
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import { controllerOf } from '#machinery/object.ts';
import type { World } from '#explore/world.ts';
import type { Checker, Outcome } from './checker.ts';
import { isReady, livePods } from './pods.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';

interface Wanted {
  readonly replicas: number;
  readonly image: string;
}

function unlike(what: string, actual: unknown, wanted: unknown): string[] {
  return actual === wanted ? [] : [`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`];
}

function podProblems(world: World, namespace: string, name: string, { replicas, image }: Wanted): string[] {
  const live = livePods(world, namespace, name);
  return [
    ...unlike('the number of pods', live.length, replicas),
    ...live.flatMap(pod =>
      unlike(`the image of ${pod.metadata.name}`, pod.spec!.containers[0]!.image, image),
    ),
    ...live.filter(pod => !isReady(pod)).map(pod => `${pod.metadata.name} is not ready`),
  ];
}

function statusProblems({ status, metadata }: Deployment, { replicas }: Wanted): string[] {
  return [
    ...unlike('observedGeneration', status?.observedGeneration, metadata.generation),
    ...unlike('status.replicas', status?.replicas ?? 0, replicas),
    ...unlike('updatedReplicas', status?.updatedReplicas ?? 0, replicas),
    ...unlike('readyReplicas', status?.readyReplicas ?? 0, replicas),
    ...unlike('availableReplicas', status?.availableReplicas ?? 0, replicas),
    ...unlike('unavailableReplicas', status?.unavailableReplicas ?? 0, 0),
  ];
}

function setProblems(world: World, deployment: Deployment, { replicas, image }: Wanted): string[] {
  const sets = world
    .list(replicaSets, deployment.metadata.namespace)
    .filter(set => controllerOf(set)?.uid === deployment.metadata.uid);
  const images = sets.map(set => set.spec?.template?.spec?.containers[0]?.image);
  const revision = deployment.metadata.annotations?.[revisionAnnotation];
  const current = sets.filter(set => set.metadata.annotations?.[revisionAnnotation] === revision);
  return [
    ...unlike('the number of sets for one template', images.length, new Set(images).size),
    ...unlike('the number of sets of the newest revision', current.length, 1),
    ...unlike("the newest revision's image", current[0]?.spec?.template?.spec?.containers[0]?.image, image),
    ...unlike("the newest set's size", current[0]?.spec?.replicas, replicas),
    ...sets
      .filter(set => set !== current[0])
      .flatMap(set => unlike(`the size of ${set.metadata.name}`, set.status?.replicas, 0)),
  ];
}

function problems(world: World, key: string, wanted: Wanted): string[] {
  const [namespace, name] = key.split('/') as [string, string];
  const deployment = world.get(deployments, key);
  if (!deployment) return ['it does not exist'];
  return [
    ...unlike('spec.replicas', deployment.spec?.replicas, wanted.replicas),
    ...podProblems(world, namespace, name, wanted),
    ...statusProblems(deployment, wanted),
    ...setProblems(world, deployment, wanted),
  ];
}

/** Every Deployment runs as many ready pods of its last template as its user asked for, and says so. */
export const rollouts: Checker<Outcome> = {
  name: 'rollouts',
  inspect: ({ world, intent }) => ({
    pending: () =>
      [...intent.deployments].flatMap(([key, wanted]) =>
        problems(world, key, wanted).map(problem => `${key}: ${problem}`),
      ),
  }),
};
