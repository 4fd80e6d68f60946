import type { APIService, APIServiceCondition } from '#api/generated/types/apiregistration.v1.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { StateCache } from '../resources/state-cache.ts';

export const apiServicesBucket = 'apiregistration.k8s.io/apiservices';

/** A group version that another server serves. */
export interface RemoteService {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly object: APIService;
  readonly available: boolean;
}

export function availableCondition({ status }: APIService): APIServiceCondition | undefined {
  return status?.conditions?.find(condition => condition.type === 'Available');
}

/** The APIServices that lead elsewhere, as they are now. */
export class RemoteServices implements Disposable {
  readonly #byGroupVersion = new Map<string, RemoteService>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #life = new DisposableStore();

  constructor(cache: StateCache) {
    const bucket = cache.bucket(apiServicesBucket);
    for (const { object } of bucket.objects()) this.#put(object as APIService);
    this.#life.add(
      bucket.watch(bucket.lastChange, {
        prefix: '',
        change: ({ type, entry }) => {
          const object = entry.object as APIService;
          if (type === 'put') this.#put(object);
          else this.#byGroupVersion.delete(groupVersionKey(object));
          for (const listener of this.#listeners) listener(object.metadata.name!);
        },
      }),
    );
  }

  get size(): number {
    return this.#byGroupVersion.size;
  }

  all(): IterableIterator<RemoteService> {
    return this.#byGroupVersion.values();
  }

  find(group: string, version: string): RemoteService | undefined {
    if (this.#byGroupVersion.size === 0) return undefined;
    return this.#byGroupVersion.get(`${group}/${version}`);
  }

  named(name: string): RemoteService | undefined {
    for (const service of this.#byGroupVersion.values()) if (service.name === name) return service;
    return undefined;
  }

  /** Calls with the name of an APIService, remote or local, when it has changed or gone. */
  onChange(listener: (name: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #put(object: APIService): void {
    const { group = '', version = '', service } = object.spec ?? {};
    const key = groupVersionKey(object);
    if (!service) {
      this.#byGroupVersion.delete(key);
      return;
    }
    const available = availableCondition(object)?.status === 'True';
    this.#byGroupVersion.set(key, { name: object.metadata.name!, group, version, object, available });
  }
}

function groupVersionKey({ spec }: APIService): string {
  return `${spec?.group ?? ''}/${spec?.version ?? ''}`;
}
