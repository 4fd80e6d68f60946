import { quantityMilliValue } from '#machinery/quantity.ts';
import type { ConditionFacts } from '../lifecycle/conditions.ts';
import { isSidecar } from '../lifecycle/spec.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import { type Place, resizeRejection } from './admission.ts';

type Resources = NonNullable<ContainerSpec['resources']>;

const resizable = ['cpu', 'memory'] as const;

/** Of what a resize may change, only that which differs. */
function changes(from: Resources | undefined, to: Resources | undefined): string[] {
  const milli = (amounts: Resources['limits'], name: string) => quantityMilliValue(amounts?.[name] ?? '0');
  return resizable.filter(
    name =>
      milli(from?.requests, name) !== milli(to?.requests, name) ||
      milli(from?.limits, name) !== milli(to?.limits, name),
  );
}

function resizableContainers(pod: Pod): ContainerSpec[] {
  return [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])];
}

export type ResizeEvent =
  | 'ResizeStarted'
  | 'ResizeCompleted'
  | 'ResizeDeferred'
  | 'ResizeInfeasible'
  | 'ResizeError';

/**
 * What a pod's containers have been granted, and what they run with, beside what the spec asks for by now (KEP-1287).
 * The pod's status is the record of it, so that the next life of the kubelet knows as well.
 */
export class PodResources {
  readonly #granted = new Map<string, Resources>();
  readonly #actual = new Map<string, Resources>();
  #pending: { readonly reason: 'Infeasible' | 'Deferred'; readonly message: string } | undefined;
  #error: string | undefined;

  constructor(pod: Pod) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    const statuses = [...initContainerStatuses, ...containerStatuses];
    for (const { name, resources = {} } of resizableContainers(pod)) {
      const known = statuses.find(status => status.name === name && status.containerID)?.resources;
      this.#granted.set(name, known ?? resources);
      this.#actual.set(name, known ?? resources);
    }
  }

  /** The pod with the resources that it has been granted. */
  granted(pod: Pod): Pod {
    const asked = resizableContainers(pod);
    if (asked.every(c => changes(this.#granted.get(c.name), c.resources).length === 0)) return pod;
    const mine = (container: ContainerSpec) => {
      const resources = this.#granted.get(container.name);
      return resources ? { ...container, resources } : container;
    };
    const { initContainers, containers } = pod.spec!;
    const spec = {
      ...pod.spec!,
      containers: containers.map(mine),
      ...(initContainers ? { initContainers: initContainers.map(mine) } : {}),
    };
    return { ...pod, spec };
  }

  /** Grants what the spec asks for where the node has it. Resolves to what is new of it. */
  consider(pod: Pod, place: Pick<Place, 'others' | 'node'>): ResizeEvent | undefined {
    if (this.granted(pod) === pod) {
      this.#pending = undefined;
      return undefined;
    }
    const before = this.#pending;
    this.#pending = resizeRejection(pod, place);
    if (this.#pending) {
      const same = before?.reason === this.#pending.reason && before.message === this.#pending.message;
      return same ? undefined : `Resize${this.#pending.reason}`;
    }
    for (const { name, resources = {} } of resizableContainers(pod)) this.#granted.set(name, resources);
    this.#error = undefined;
    return 'ResizeStarted';
  }

  /** What differs between what the container was granted and what it runs with. */
  toDo(name: string): string[] {
    return changes(this.#actual.get(name), this.#granted.get(name));
  }

  /** The change takes a restart: the container's policy says so for something that differs. */
  restarts({ name, resizePolicy = [] }: ContainerSpec): boolean {
    const differing = this.toDo(name);
    return resizePolicy.some(
      policy => policy.restartPolicy === 'RestartContainer' && differing.includes(policy.resourceName),
    );
  }

  /** The container runs with what it was granted. */
  done(name: string): void {
    const resources = this.#granted.get(name);
    if (resources) this.#actual.set(name, resources);
  }

  /** The runtime would not have it. True when that is new. */
  failed(message: string): boolean {
    const fresh = this.#error !== message;
    this.#error = message;
    return fresh;
  }

  /** Something is granted that a container does not run with yet. */
  get inProgress(): boolean {
    return [...this.#granted.keys()].some(name => this.toDo(name).length > 0);
  }

  get deferred(): boolean {
    return this.#pending?.reason === 'Deferred';
  }

  /** `asked` stands for containers that cannot be resized. */
  ofContainer(name: string, asked: Resources | undefined) {
    return { granted: this.#granted.get(name) ?? asked, actual: this.#actual.get(name) ?? asked };
  }

  conditions(): ConditionFacts[] {
    const facts: ConditionFacts[] = [];
    if (this.#pending) facts.push({ type: 'PodResizePending', status: 'True', ...this.#pending });
    if (this.inProgress) {
      const error = this.#error && { reason: 'Error', message: this.#error };
      facts.push({ type: 'PodResizeInProgress', status: 'True', ...(error || {}) });
    }
    return facts;
  }

  /** What an event says of it, with the pod's resources as JSON. */
  message(pod: Pod, event: ResizeEvent): string {
    const show = (list: readonly ContainerSpec[] | undefined) =>
      list?.map(({ name, resources = {} }) => ({ name, resources }));
    const { initContainers, containers } = pod.spec!;
    const error = event === 'ResizeError' ? this.#error : this.#pending?.message;
    const details = {
      ...(initContainers?.length ? { initContainers: show(initContainers) } : {}),
      containers: show(containers),
      generation: pod.metadata.generation ?? 0,
      ...(error ? { error } : {}),
    };
    const word = event.slice('Resize'.length);
    const what = this.#pending ? word : word.toLowerCase();
    return `Pod resize ${what}: ${JSON.stringify(details)}`;
  }
}
