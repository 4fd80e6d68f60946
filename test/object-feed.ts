import { createClient } from '#client/client.ts';
import type { Transport, TransportRequest, WatchHandler } from '#client/transport.ts';
import type { Client } from '#client/client.ts';
import { type KubeObject, type ResourceRef, deepFreeze, objectKey } from '#machinery/object.ts';

interface OpenWatch {
  readonly resource: string;
  readonly handler: WatchHandler;
}

/**
 * For tests of what only reads: a transport that lists and watches the objects that the test puts in. No server stands
 * behind it, so nothing is validated or defaulted.
 */
export class ObjectFeed implements Transport {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #watches = new Set<OpenWatch>();
  #revision = 1;

  client(): Client {
    return createClient(this);
  }

  put<T extends KubeObject>(ref: ResourceRef<T>, object: Partial<T>): void {
    const objects = this.#of(ref.resource);
    const old = objects.get(objectKey(object));
    const whole = deepFreeze({
      apiVersion: ref.group === '' ? ref.version : `${ref.group}/${ref.version}`,
      kind: ref.kind,
      ...object,
      metadata: { uid: objectKey(object), ...object.metadata, resourceVersion: String(++this.#revision) },
    });
    objects.set(objectKey(whole), whole);
    this.#tell(ref.resource, old ? 'MODIFIED' : 'ADDED', whole);
  }

  remove(ref: ResourceRef, namespace: string, name: string): void {
    const key = objectKey({ metadata: { namespace, name } });
    const old = this.#of(ref.resource).get(key);
    if (!old) return;
    this.#of(ref.resource).delete(key);
    const metadata = { ...old.metadata, resourceVersion: String(++this.#revision) };
    this.#tell(ref.resource, 'DELETED', { ...old, metadata });
  }

  async request(request: TransportRequest) {
    const resource = resourceOf(request);
    const body = {
      apiVersion: 'v1',
      kind: 'List',
      metadata: { resourceVersion: String(this.#revision) },
      items: [...this.#of(resource).values()],
    };
    return { status: 200, headers: {}, body };
  }

  watch(request: TransportRequest, handler: WatchHandler): Disposable {
    const watch = { resource: resourceOf(request), handler };
    this.#watches.add(watch);
    return { [Symbol.dispose]: () => this.#watches.delete(watch) };
  }

  stream(): never {
    throw new Error('no streams here');
  }

  #of(resource: string): Map<string, KubeObject> {
    const objects = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, objects);
    return objects;
  }

  #tell(resource: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    for (const watch of this.#watches) if (watch.resource === resource) watch.handler.event({ type, object });
  }
}

function resourceOf(request: TransportRequest): string {
  return request.path.split('/').at(-1)!;
}
