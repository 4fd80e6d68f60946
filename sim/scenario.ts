import { configMaps, deployments, jobs, namespaces, replicaSets, services } from '#api/generated/refs.ts';
import type { ReplicaSet } from '#api/generated/types/apps.v1.ts';
import { type Clock, sleep } from '#base/clock.ts';
import { type Random, randomInt, shuffled } from '#base/random.ts';
import { controllerOf } from '#machinery/object.ts';
import type { Intent } from './intent.ts';
import { type DeploymentShape, deployment, type JobShape, job, service } from './objects.ts';
import type { User } from './user.ts';

const shop = 'shop';
const doomed = 'doomed';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

export interface ScenarioOptions {
  readonly user: User;
  readonly clock: Clock;
  readonly random: Random;
  readonly intent: Intent;
}

/**
 * A user's day: an application with its service, scaled, updated and rolled back; a job; and a namespace with all of
 * that, deleted. The steps and the pauses between them depend on the seed; none waits for what the last one led to.
 */
export class Scenario {
  readonly #options: ScenarioOptions;

  constructor(options: ScenarioOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { user } = this.#options;
    await user.create(namespaces, { metadata: { name: shop } });
    await this.#deploy(shop, 'web');
    const steps = [
      () => this.#job(shop, 'sum'),
      () => this.#scale(),
      () => this.#scale(),
      () => this.#update('web:2'),
      () => this.#update('web:3'),
      () => this.#undo(),
      () => this.#doom(),
    ];
    for (const step of shuffled(this.#options.random, steps)) {
      await this.#pause(15_000);
      await step();
    }
    await this.#pause(20_000);
  }

  async #pause(maxMs: number): Promise<void> {
    const { clock, random } = this.#options;
    // Often too short for the cluster to have done anything yet.
    await sleep(clock, random.next() < 0.3 ? randomInt(random, 20) : randomInt(random, maxMs));
  }

  async #deploy(namespace: string, name: string): Promise<void> {
    const { user, random, intent } = this.#options;
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

  async #job(namespace: string, name: string): Promise<void> {
    const { user, random, intent } = this.#options;
    const shape: JobShape = {
      completions: 1 + randomInt(random, 6),
      parallelism: 1 + randomInt(random, 3),
      indexed: random.next() < 0.5,
    };
    intent.jobs.set(`${namespace}/${name}`, shape);
    await user.create(jobs, job(namespace, name, shape));
  }

  async #scale(): Promise<void> {
    const { user, random, intent } = this.#options;
    const replicas = randomInt(random, 8);
    intent.deployments.get('shop/web')!.replicas = replicas;
    await user.scale(deployments, shop, 'web', replicas);
  }

  async #update(image: string): Promise<void> {
    const { user, intent } = this.#options;
    intent.deployments.get('shop/web')!.image = image;
    await user.patch(deployments, shop, 'web', {
      spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
    });
  }

  /** As kubectl rollout undo: back to the second newest revision, if there is one by now. */
  async #undo(): Promise<void> {
    const { user } = this.#options;
    const { uid } = (await user.get(deployments, shop, 'web')).metadata;
    const revision = (set: ReplicaSet) => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
    const sets = (await user.list(replicaSets, shop))
      .filter(set => controllerOf(set)?.uid === uid)
      .sort((a, b) => revision(b) - revision(a));
    const image = sets[1]?.spec?.template?.spec?.containers[0]?.image;
    if (image) await this.#update(image);
  }

  async #doom(): Promise<void> {
    const { user, intent } = this.#options;
    await user.create(namespaces, { metadata: { name: doomed } });
    await this.#deploy(doomed, 'old');
    await this.#job(doomed, 'last');
    await user.create(configMaps, {
      metadata: { name: 'notes', namespace: doomed, finalizers: [] },
      data: { a: 'b' },
    });
    await this.#pause(10_000);
    intent.deleteNamespace(doomed);
    await user.delete(namespaces, '', doomed);
  }
}
