import { quantityMilliValue, quantityValue } from '#machinery/quantity.ts';
import type { ConditionFacts } from '../lifecycle/conditions.ts';
import { podLimit } from '../lifecycle/pod-resources.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import { type Place, resizeRejection } from './admission.ts';

type Resources = NonNullable<ContainerSpec['resources']>;

const resizable = ['cpu', 'memory'] as const;

/** In the place of a container's name: what the pod has as a whole (KEP-5419). */
const whole = '';

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
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

/** What a container asks for, with the limits that it leaves to the pod. */
function within(own: Resources, pod: Resources | undefined): Resources {
  const limits: Record<string, string> = { ...own.limits };
  for (const name of resizable) {
    const limit = pod?.limits?.[name];
    if (limit !== undefined) limits[name] ??= limit;
  }
  return { ...own, ...(Object.keys(limits).length > 0 ? { limits } : {}) };
}

/** Of some amounts those that others are there for as well. */
function shared(amounts: Resources['limits'], wanted: Resources['limits']): Resources['limits'] {
  return Object.fromEntries(Object.entries(amounts ?? {}).filter(([name]) => wanted?.[name] !== undefined));
}

function sharedResources(from: Resources, wanted: Resources): Resources {
  const { requests, limits } = wanted;
  return {
    ...wanted,
    ...(requests ? { requests: { ...requests, ...shared(from.requests, requests) } } : {}),
    ...(limits ? { limits: { ...limits, ...shared(from.limits, limits) } } : {}),
  };
}

function memoryLimit(resources: Resources | undefined): number | undefined {
  const limit = resources?.limits?.memory;
  return limit === undefined ? undefined : quantityValue(limit);
}

export type ResizeEvent =
  | 'ResizeStarted'
  | 'ResizeCompleted'
  | 'ResizeDeferred'
  | 'ResizeInfeasible'
  | 'ResizeError';

/**
 * What a pod and its containers have been granted, and what they run with, beside what the spec asks for by now (KEP-1287).
 * The pod's status is the record of it, so that the next life of the kubelet knows as well.
 */
export class PodResources {
  readonly #granted = new Map<string, Resources>();
  /** Limits of the pod's among those of a container that has none of its own. */
  readonly #actual = new Map<string, Resources>();
  #pending: { readonly reason: 'Infeasible' | 'Deferred'; readonly message: string } | undefined;
  #error: string | undefined;

  constructor(pod: Pod) {
    const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
    const statuses = [...initContainerStatuses, ...containerStatuses];
    const ofPod = pod.spec?.resources;
    const runs = statuses.some(status => status.containerID) ? pod.status?.resources : undefined;
    if (ofPod) this.#granted.set(whole, runs ? sharedResources(runs, ofPod) : ofPod);
    for (const { name, resources = {} } of resizableContainers(pod)) {
      const known = statuses.find(status => status.name === name && status.containerID)?.resources;
      this.#granted.set(name, known ?? resources);
    }
    for (const name of this.#granted.keys()) this.done(name);
  }

  /** The pod with the resources that it has been granted. */
  granted(pod: Pod): Pod {
    const asked = resizableContainers(pod);
    const isGranted = (name: string, resources: Resources | undefined) =>
      changes(this.#granted.get(name), resources).length === 0;
    if (isGranted(whole, pod.spec?.resources) && asked.every(c => isGranted(c.name, c.resources))) return pod;
    return podWith(pod, this.#granted);
  }

  /** The pod with the resources that it runs with. */
  actual(pod: Pod): Pod {
    return this.inProgress ? podWith(pod, this.#actual) : this.granted(pod);
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
    if (pod.spec?.resources) this.#granted.set(whole, pod.spec.resources);
    for (const { name, resources = {} } of resizableContainers(pod)) this.#granted.set(name, resources);
    this.#error = undefined;
    return 'ResizeStarted';
  }

  /** What the container is to run with. */
  #target(name: string): Resources | undefined {
    const own = this.#granted.get(name);
    return name === whole ? own : own && within(own, this.#granted.get(whole));
  }

  /** What differs between what the container was granted and what it runs with. */
  toDo(name: string): string[] {
    return changes(this.#actual.get(name), this.#target(name));
  }

  /** The change takes a restart: the container's policy says so for something that differs. */
  restarts({ name, resizePolicy = [] }: ContainerSpec): boolean {
    const differing = this.toDo(name);
    return resizePolicy.some(
      policy => policy.restartPolicy === 'RestartContainer' && differing.includes(policy.resourceName),
    );
  }

  /**
   * Why limits of memory cannot fall to what was granted: more is used, which the kernel would have to kill for. `used` is
   * in bytes, by container.
   */
  tooSmall(pod: Pod, used: ReadonlyMap<string, number>): string | undefined {
    const errors: string[] = [];
    const check = (what: string, from: number | undefined, to: number | undefined, usage: number) => {
      if (to === undefined || (from !== undefined && to >= from) || usage < to) return;
      errors.push(`attempting to set ${what} memory limit (${to}) below current usage (${usage})`);
    };
    const ofPod = (one: Pod) => podLimit(one, 'memory')?.value();
    const all = [...used.values()].reduce((sum, one) => sum + one, 0);
    check('pod', ofPod(this.actual(pod)), ofPod(this.granted(pod)), all);
    for (const [name, usage] of used) {
      const [from, to] = [this.#actual.get(name), this.#target(name)].map(memoryLimit);
      check(`container "${name}"`, from, to, usage);
    }
    if (errors.length === 0) return undefined;
    return `cannot decrease memory limits: ${errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`}`;
  }

  /** The container runs with what it was granted. */
  done(name: string): void {
    const resources = this.#target(name);
    if (resources) this.#actual.set(name, resources);
  }

  /** The pod's own limits are those that were granted, after its containers'. */
  completed(): void {
    this.done(whole);
  }

  /** The runtime would not have it. True when that is new. */
  failed(message: string): boolean {
    const fresh = this.#error !== message;
    this.#error = message;
    return fresh;
  }

  /** Something is granted that the pod does not run with yet. */
  get inProgress(): boolean {
    return this.toDo(whole).length > 0 || this.containersLeft;
  }

  /** Something is granted that a container does not run with yet. */
  get containersLeft(): boolean {
    return [...this.#granted.keys()].some(name => name !== whole && this.toDo(name).length > 0);
  }

  get deferred(): boolean {
    return this.#pending?.reason === 'Deferred';
  }

  /** `asked` stands for containers that cannot be resized. */
  ofContainer(name: string, asked: Resources | undefined) {
    const granted = this.#granted.get(name) ?? asked;
    const actual = this.#actual.get(name);
    return { granted, actual: granted && actual ? sharedResources(actual, granted) : granted };
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

function podWith(pod: Pod, resources: ReadonlyMap<string, Resources>): Pod {
  const sized = (container: ContainerSpec) => {
    const own = resources.get(container.name);
    return own ? { ...container, resources: own } : container;
  };
  const { initContainers, containers } = pod.spec!;
  const ofPod = resources.get(whole);
  const spec = {
    ...pod.spec!,
    ...(ofPod ? { resources: ofPod } : {}),
    containers: containers.map(sized),
    ...(initContainers ? { initContainers: initContainers.map(sized) } : {}),
  };
  return { ...pod, spec };
}
