import { deployments, jobs, namespaces, replicaSets, services } from '#api/generated/refs.ts';
import type { ReplicaSet } from '#api/generated/types/apps.v1.ts';
import { randomInt, shuffled } from '#base/random.ts';
import { controllerOf } from '#machinery/object.ts';
import { type DeploymentShape, deployment, type JobShape, job, service } from '#sim/objects.ts';
import type { Step, Story, Telling } from './story.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** An application with its service, scaled, updated and rolled back; and a job. */
export const shop: Story = {
  name: 'shop',
  controllers: ['deployment', 'endpoints', 'endpointslice', 'job', 'node-lifecycle', 'replicaset'],
  exploring: { nodes: 3, endsVary: true },
  steps: telling => {
    const steps = [
      () => runJob(telling, 'sum'),
      () => scale(telling),
      () => scale(telling),
      () => update(telling, 'web:2'),
      () => update(telling, 'web:3'),
      () => undo(telling),
    ];
    return [() => deploy(telling, 'web'), ...shuffled(telling.random, steps)];
  },
};

/** A namespace with such an application, deleted. */
export const doomed: Story = {
  name: 'doomed',
  controllers: ['namespace'],
  exploring: { beside: ['deployment', 'job', 'replicaset'], nodes: 1 },
  steps: telling => {
    const { user, namespace, intent } = telling;
    const steps: Step[] = [
      () => deploy(telling, 'old'),
      () => runJob(telling, 'last'),
      () => {
        intent.deleteNamespace(namespace);
        return user.delete(namespaces, '', namespace);
      },
    ];
    return steps;
  },
};

async function deploy({ user, namespace, random, intent }: Telling, name: string): Promise<void> {
  const maxSurge = randomInt(random, 3);
  const shape: DeploymentShape = {
    replicas: 1 + randomInt(random, 6),
    image: 'web:1',
    maxSurge,
    maxUnavailable: maxSurge === 0 ? 1 + randomInt(random, 2) : randomInt(random, 2),
    readyAfterSeconds: randomInt(random, 4),
  };
  const key = `${namespace}/${name}`;
  intent.deployments.set(key, { replicas: shape.replicas, image: shape.image });
  await user.create(deployments, deployment(namespace, name, shape));
  intent.services.set(key, { app: name });
  await user.create(services, service(namespace, name));
}

async function runJob({ user, namespace, random, intent }: Telling, name: string): Promise<void> {
  const shape: JobShape = {
    completions: 1 + randomInt(random, 6),
    parallelism: 1 + randomInt(random, 3),
    indexed: random.next() < 0.5,
  };
  intent.jobs.set(`${namespace}/${name}`, shape);
  await user.create(jobs, job(namespace, name, shape));
}

async function scale({ user, namespace, random, intent }: Telling): Promise<void> {
  const replicas = randomInt(random, 8);
  intent.deployments.get(`${namespace}/web`)!.replicas = replicas;
  await user.scale(deployments, namespace, 'web', replicas);
}

async function update({ user, namespace, intent }: Telling, image: string): Promise<void> {
  intent.deployments.get(`${namespace}/web`)!.image = image;
  await user.patch(deployments, namespace, 'web', {
    spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
  });
}

/** As kubectl rollout undo: back to the second newest revision, if there is one by now. */
async function undo(telling: Telling): Promise<void> {
  const { user, namespace } = telling;
  const { uid } = (await user.get(deployments, namespace, 'web')).metadata;
  const revision = (set: ReplicaSet) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
  const sets = (await user.list(replicaSets, namespace))
    .filter(set => controllerOf(set)?.uid === uid)
    .sort((a, b) => revision(b) - revision(a));
  const image = sets[1]?.spec?.template?.spec?.containers[0]?.image;
  if (image) await update(telling, image);
}
