/** What was read of a cluster at one moment. Everything that explains is a function of it. */
import { events } from '#api/generated/refs.ts';
import type { Event } from '#api/generated/types/core.v1.ts';
import {
  type KubeObject,
  type OwnerReference,
  parseApiVersion,
  type ResourceRef,
} from '#machinery/object.ts';

export interface FactsInput {
  readonly nowMs: number;
  readonly objects: readonly KubeObject[];
  /** What could not be read, and why. */
  readonly unread?: readonly string[];
  /** Last lines of logs by 'namespace/pod/container'. */
  readonly logs?: ReadonlyMap<string, readonly string[]>;
}

const none: readonly never[] = [];

export class Facts {
  readonly nowMs: number;
  readonly unread: readonly string[];
  readonly #byKind = new Map<string, Map<string, KubeObject>>();
  readonly #logs: ReadonlyMap<string, readonly string[]>;

  constructor(input: FactsInput) {
    this.nowMs = input.nowMs;
    this.unread = input.unread ?? [];
    this.#logs = input.logs ?? new Map();
    for (const object of input.objects) {
      const kind = `${parseApiVersion(object.apiVersion).group}/${object.kind}`;
      const objects = this.#byKind.get(kind) ?? new Map<string, KubeObject>();
      objects.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
      this.#byKind.set(kind, objects);
    }
  }

  /** Of one namespace, or of all of them. */
  all<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): readonly T[] {
    const objects = this.#byKind.get(`${ref.group}/${ref.kind}`);
    if (!objects) return none;
    const items = [...objects.values()] as T[];
    return namespace === undefined ? items : items.filter(item => item.metadata.namespace === namespace);
  }

  get<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): T | undefined {
    return this.#byKind.get(`${ref.group}/${ref.kind}`)?.get(`${namespace}/${name}`) as T | undefined;
  }

  /** By a kind in lower case; of several namespaces, the first. */
  find(kind: string, name: string): KubeObject | undefined {
    for (const [key, objects] of this.#byKind) {
      if (!key.endsWith(`/${kind}`) && !key.toLowerCase().endsWith(`/${kind}`)) continue;
      for (const object of objects.values()) if (object.metadata.name === name) return object;
    }
    return undefined;
  }

  /** Everything of one namespace, whatever its kind; events left out. */
  inNamespace(namespace: string): readonly KubeObject[] {
    return [...this.#byKind.values()]
      .flatMap(objects => [...objects.values()])
      .filter(object => object.metadata.namespace === namespace && object.kind !== 'Event');
  }

  /** What an owner reference means, by its kind and uid. */
  owner(reference: OwnerReference, namespace: string): KubeObject | undefined {
    const { group } = parseApiVersion(reference.apiVersion);
    const objects = this.#byKind.get(`${group}/${reference.kind}`);
    const found = objects?.get(`${namespace}/${reference.name}`) ?? objects?.get(`/${reference.name}`);
    return found?.metadata.uid === reference.uid ? found : undefined;
  }

  /** The objects of a kind that an object controls. */
  controlledBy<T extends KubeObject>(ref: ResourceRef<T>, owner: KubeObject): readonly T[] {
    return this.all(ref, owner.metadata.namespace ?? '').filter(item =>
      item.metadata.ownerReferences?.some(one => one.controller && one.uid === owner.metadata.uid),
    );
  }

  /** About one object, the latest last; of the given reasons, or all. */
  eventsOf(object: KubeObject, ...reasons: string[]): readonly Event[] {
    const { uid, name, namespace } = object.metadata;
    return this.eventsWhere(
      ({ involvedObject, reason }) =>
        involvedObject.kind === object.kind &&
        involvedObject.name === name &&
        (involvedObject.namespace ?? '') === (namespace ?? '') &&
        // Nodes' kubelets write the name in the place of the uid.
        (!involvedObject.uid || !uid || involvedObject.uid === uid || involvedObject.uid === name) &&
        (reasons.length === 0 || reasons.includes(reason ?? '')),
    );
  }

  eventsWhere(holds: (event: Event) => boolean): readonly Event[] {
    return this.all(events)
      .filter(holds)
      .sort((a, b) => eventTimeMs(a) - eventTimeMs(b));
  }

  log(namespace: string, pod: string, container: string): readonly string[] {
    return this.#logs.get(`${namespace}/${pod}/${container}`) ?? none;
  }
}

/** When an event was last seen. */
export function eventTimeMs(event: Event): number {
  return Date.parse(eventTime(event) ?? '') || 0;
}

export function eventTime(event: Event): string | undefined {
  return (
    event.series?.lastObservedTime ??
    event.lastTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp
  );
}

/** How often an event was seen. */
export function eventCount(event: Event): number {
  return event.series?.count ?? event.count ?? 1;
}
