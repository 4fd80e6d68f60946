import { deployments, replicaSets, replicationControllers, statefulSets } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import type { Lister } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import {
  controllerOf,
  type KubeObject,
  type OwnerReference,
  parseApiVersion,
  type ResourceRef,
} from '#machinery/object.ts';
import { discoverResources, type ServedResource } from '../shared/discovery.ts';

/** A kind whose size says how many pods there should be. */
export interface Scaled extends KubeObject {
  readonly spec?: { readonly replicas?: number };
}

export const scaledKinds: readonly ResourceRef<Scaled>[] = [
  deployments,
  replicaSets,
  replicationControllers,
  statefulSets,
];

/** The kinds that are known without asking, under every group that they have ever had. */
const builtInKinds: readonly (readonly [
  kind: string,
  groups: readonly string[],
  ref: ResourceRef<Scaled>,
])[] = [
  ['ReplicaSet', ['apps', 'extensions'], replicaSets],
  ['ReplicationController', [''], replicationControllers],
  ['StatefulSet', ['apps'], statefulSets],
];

const deploymentKinds = ['Deployment.apps', 'Deployment.extensions'];

const groupKindOf = ({ apiVersion, kind }: Pick<OwnerReference, 'apiVersion' | 'kind'>) =>
  `${kind}.${parseApiVersion(apiVersion).group}`;

export interface ExpectedScale {
  /** How many pods the controllers of all pods should keep. */
  readonly scale: number;
  /** Pods that nobody controls. */
  readonly unmanaged: readonly Pod[];
}

/** Finds out how many pods like given ones there should be, from their controllers' scale. */
export class ScaleFinder {
  readonly #client: Client;
  readonly #deployments: Lister<Scaled>;
  readonly #builtIn: ReadonlyMap<string, Lister<Scaled>>;
  readonly #others = new Map<string, ServedResource>();

  constructor(client: Client, informer: <T extends KubeObject>(ref: ResourceRef<T>) => Lister<T>) {
    this.#client = client;
    this.#deployments = informer(deployments);
    this.#builtIn = new Map(
      builtInKinds.flatMap(([kind, groups, ref]) =>
        groups.map(group => [`${kind}.${group}`, informer(ref)] as const),
      ),
    );
  }

  /** Throws where a pod's controller cannot say. */
  async expected(pods: readonly Pod[]): Promise<ExpectedScale> {
    const scales = new Map<string, number>();
    const unmanaged: Pod[] = [];
    const asked = new Set<string>();
    for (const pod of pods) {
      const reference = controllerOf(pod);
      if (!reference) unmanaged.push(pod);
      else if (!asked.has(reference.uid)) {
        asked.add(reference.uid);
        const controller = await this.#controllerOf(pod, reference);
        scales.set(controller.metadata.uid!, controller.spec?.replicas ?? 1);
      }
    }
    return { scale: [...scales.values()].reduce((total, replicas) => total + replicas, 0), unmanaged };
  }

  async #controllerOf(pod: Pod, reference: OwnerReference): Promise<Scaled> {
    const { name, namespace } = pod.metadata;
    const lister = this.#builtIn.get(groupKindOf(reference));
    const found = lister
      ? this.#known(namespace!, reference, lister)
      : await this.#custom(namespace!, reference);
    if (found) return found;
    throw new Error(`found no controllers for pod ${JSON.stringify(name)}`);
  }

  /** The set or controller, or the Deployment above it. */
  #known(namespace: string, { name, uid }: OwnerReference, lister: Lister<Scaled>): Scaled | undefined {
    const found = lister.get(`${namespace}/${name}`);
    if (found?.metadata.uid !== uid) return undefined;
    const above = controllerOf(found!);
    if (!above || !deploymentKinds.includes(groupKindOf(above))) return found;
    const deployment = this.#deployments.get(`${namespace}/${above.name}`);
    return deployment?.metadata.uid === above.uid ? deployment : found;
  }

  /** Any other kind says its size in its scale subresource. */
  async #custom(
    namespace: string,
    { apiVersion, kind, name, uid }: OwnerReference,
  ): Promise<Scaled | undefined> {
    const ref = await this.#refOf(apiVersion, kind);
    const scale = await orNotFound(this.#client.get(ref as ResourceRef<Scaled>, namespace, name, 'scale'));
    if (scale) return scale.metadata.uid === uid ? scale : undefined;
    if (ref.hasScale) return undefined;
    const resource = ref.group ? `${ref.resource}.${ref.group}` : ref.resource;
    throw new Error(`${resource} does not implement the scale subresource`);
  }

  async #refOf(apiVersion: string, kind: string): Promise<ServedResource> {
    const key = groupKindOf({ apiVersion, kind });
    // One that had no scale may have got it since.
    if (!this.#others.get(key)?.hasScale) {
      for (const ref of await discoverResources(this.#client))
        this.#others.set(`${ref.kind}.${ref.group}`, ref);
    }
    const ref = this.#others.get(key);
    if (ref) return ref;
    throw new Error(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
  }
}
