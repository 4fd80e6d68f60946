import { apiServices, customResourceDefinitions } from '#api/generated/refs.ts';
import { sleep } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound, retryOnConflict } from '#client/retry.ts';
import {
  type KubeObject,
  type OwnerReference,
  parseApiVersion,
  type ResourceRef,
} from '#machinery/object.ts';
import { qualified } from '#machinery/status.ts';
import {
  type ControllerEnvironment,
  defineController,
  type ReconcileResult,
  watching,
} from '#runtime/controller.ts';
import { discoverResources } from '../shared/discovery.ts';
import {
  blockingDependents,
  DependencyGraph,
  foregroundFinalizer,
  type GraphNode,
  type Identity,
  orphanFinalizer,
  virtualIdentity,
} from './graph.ts';

// A resource that cannot be listed must not keep all the others from being collected.
const syncWaitMs = 30_000;
const specs = { delete: 0, orphan: 1, resources: 2 } as const;
const absentMax = 500;
const virtualRecheckMs = 10_000;
/** An extension API server that does not answer may serve more when it does. */
const staleRecheckMs = 5_000;
/** Definitions come by the hundred, and each changes some times before it is served. */
const gatherMs = 500;

/** Deletes what has lost all its owners, and carries out foreground deletion and orphaning. */
export const garbageCollectorController = defineController({
  name: 'garbage-collector',
  setup: environment => {
    const collector = new GarbageCollector(environment);
    environment.disposables.add(collector);
    const served = () => ['resources'];
    return [
      { concurrency: 20, reconcile: uid => collector.tryDelete(uid) },
      { concurrency: 20, reconcile: uid => collector.orphanDependents(uid) },
      {
        concurrency: 1,
        initialKeys: ['resources'],
        watches: [
          watching(customResourceDefinitions, served, { delayMs: gatherMs }),
          watching(apiServices, served, { delayMs: gatherMs }),
        ],
        reconcile: () => collector.syncResources(),
      },
    ];
  },
});

class GarbageCollector implements Disposable {
  readonly #environment: ControllerEnvironment;
  readonly #graph: DependencyGraph;
  readonly #monitors = new Map<string, { informer: Informer; life: DisposableStore }>();
  readonly #refs = new Map<string, ResourceRef>();
  /** Owners that went, or were looked for in vain, so that their dependents need not ask, or ask once. */
  readonly #absent = new Set<string>();
  #ready: Promise<void>;
  #becomeReady: () => void = () => {};

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#ready = new Promise(resolve => {
      this.#becomeReady = resolve;
    });
    environment.signal.addEventListener('abort', () => this.#becomeReady(), { once: true });
    this.#graph = new DependencyGraph({
      tryDelete: uid => environment.enqueue(uid, 0, specs.delete),
      orphan: uid => environment.enqueue(uid, 0, specs.orphan),
      ownerMismatch: (dependent, owner) => this.#tellMismatch(dependent, owner),
      ownerGone: owner => this.#markAbsent(owner),
    });
  }

  [Symbol.dispose](): void {
    for (const { life } of this.#monitors.values()) life[Symbol.dispose]();
    this.#monitors.clear();
  }

  /** Watches every resource that can be deleted; runs again when the set of them changes. */
  async syncResources(): Promise<ReconcileResult> {
    const { client, breathe } = this.#environment;
    let stale = false;
    const onStale = () => {
      stale = true;
    };
    const served = await discoverResources(client, { ...this.#environment, onStale });
    const wanted = new Map(served.filter(isCollectable).map(ref => [qualified(ref), ref]));
    for (const [key, { life }] of this.#monitors) {
      if (wanted.has(key)) continue;
      life[Symbol.dispose]();
      this.#monitors.delete(key);
    }
    await breathe();
    for (const [key, ref] of wanted) {
      this.#refs.set(kindKey(ref.group, ref.kind), ref);
      if (this.#monitors.has(key)) continue;
      this.#monitor(key, ref);
      await breathe();
    }
    await this.#allSynced();
    this.#becomeReady();
    return stale ? { requeueAfterMs: staleRecheckMs } : {};
  }

  #monitor(key: string, ref: ResourceRef): void {
    const informer = this.#environment.informer(ref);
    const life = new DisposableStore();
    this.#monitors.set(key, { informer, life });
    life.add(
      informer.on({
        added: object => this.#observe(object),
        updated: object => this.#observe(object),
        deleted: object => this.#graph.remove(object.metadata.uid!),
      }),
    );
  }

  #observe(object: KubeObject): void {
    this.#graph.observe(object);
  }

  async #allSynced(): Promise<void> {
    const informers = Array.from(this.#monitors.values(), ({ informer }) => informer);
    const unread = informers.filter(informer => !informer.synced);
    if (unread.length === 0) return;
    const enough = new AbortController();
    const signal = AbortSignal.any([enough.signal, this.#environment.signal]);
    const synced = Promise.all(unread.map(informer => informer.whenSynced()));
    // Both ways of ending the wait are fine: it bounds the other.
    await Promise.race([synced, sleep(this.#environment.clock, syncWaitMs, signal).catch(() => {})]);
    enough.abort();
  }

  /** One node's turn: deletes it if all its owners are gone, or lets it go if it waited for its dependents. */
  async tryDelete(uid: string): Promise<void> {
    await this.#ready;
    const node = this.#graph.get(uid);
    if (!node || (node.beingDeleted && !node.deletingDependents)) return;
    const ref = this.#refOf(node.identity);
    const latest = await this.#latest(ref, node.identity);
    if (!latest || latest.metadata.uid !== uid) return this.#gone(node);
    if (node.deletingDependents) return this.#finishForeground(ref, node);
    await this.#deleteIfUnowned(ref, node, latest);
    // It exists, but no informer has shown it yet, and none will if it goes before: it is looked at again.
    if (node.virtual && this.#monitors.has(qualified(ref))) {
      this.#environment.enqueue(uid, virtualRecheckMs, specs.delete);
    }
  }

  /** Takes `uid` out of its dependents' references, then its finalizer off. */
  async orphanDependents(uid: string): Promise<void> {
    await this.#ready;
    const node = this.#graph.get(uid);
    if (!node) return;
    for (const dependent of [...node.dependents]) await this.#release(dependent, new Set([uid]));
    await this.#removeFinalizer(this.#refOf(node.identity), node.identity, orphanFinalizer);
  }

  #latest(ref: ResourceRef, { namespace, name }: Identity): Promise<KubeObject | undefined> {
    return orNotFound(this.#environment.client.get(ref, ref.namespaced ? namespace : '', name));
  }

  #refOf({ apiVersion, kind }: { apiVersion: string; kind: string }): ResourceRef {
    const ref = this.#refs.get(kindKey(parseApiVersion(apiVersion).group, kind));
    if (!ref) throw new Error(`no resource is known for kind ${kind} of ${apiVersion}`);
    return ref;
  }

  #gone(node: GraphNode): void {
    this.#markAbsent(node.identity);
    if (node.virtual) this.#graph.removeAbsent(node.identity);
  }

  #markAbsent(identity: Identity): void {
    if (this.#absent.size >= absentMax) this.#absent.clear();
    this.#absent.add(placeKey(identity));
  }

  async #deleteIfUnowned(ref: ResourceRef, node: GraphNode, latest: KubeObject): Promise<void> {
    const references = latest.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const { solid, dangling, waiting } = await this.#classify(ref, node.identity, references);
    if (solid.length > 0) {
      const obsolete = [...dangling, ...waiting].map(owner => owner.uid);
      if (obsolete.length > 0) await this.#release(node, new Set(obsolete));
      return;
    }
    if (waiting.length > 0 && node.dependents.size > 0) {
      if ([...node.dependents].some(dependent => dependent.deletingDependents))
        await this.#unblock(ref, latest);
      return this.#delete(ref, node, 'Foreground');
    }
    const finalizers = latest.metadata.finalizers ?? [];
    const policy = finalizers.includes(orphanFinalizer)
      ? 'Orphan'
      : finalizers.includes(foregroundFinalizer)
        ? 'Foreground'
        : 'Background';
    return this.#delete(ref, node, policy, latest.metadata.resourceVersion);
  }

  async #delete(
    ref: ResourceRef,
    node: GraphNode,
    propagationPolicy: 'Orphan' | 'Foreground' | 'Background',
    resourceVersion?: string,
  ): Promise<void> {
    const { namespace, name, uid } = node.identity;
    const preconditions = { uid, ...(resourceVersion ? { resourceVersion } : {}) };
    await orNotFound(
      this.#environment.client.delete(ref, namespace, name, { propagationPolicy, preconditions }),
    );
  }

  /** solid: the owner lives; waiting: it waits for its dependents to go; dangling: there is none. */
  async #classify(ref: ResourceRef, dependent: Identity, references: readonly OwnerReference[]) {
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const reference of references) {
      const owner = await this.#findOwner(ref, dependent, reference);
      if (!owner) dangling.push(reference);
      else if (owner !== 'unknowable' && isDeletingDependents(owner)) waiting.push(reference);
      else solid.push(reference);
    }
    return { solid, dangling, waiting };
  }

  async #findOwner(
    ref: ResourceRef,
    dependent: Identity,
    reference: OwnerReference,
  ): Promise<KubeObject | 'unknowable' | undefined> {
    const ownerRef = this.#refOf(reference);
    // A cluster-scoped object cannot say in which namespace its owner is: nothing is deleted on a guess.
    if (ownerRef.namespaced && !ref.namespaced) {
      this.#tellMismatch(dependent, reference);
      return 'unknowable';
    }
    const identity = virtualIdentity(reference, dependent);
    if (this.#absent.has(placeKey(identity))) return undefined;
    const owner = await this.#latest(ownerRef, identity);
    if (owner?.metadata.uid === reference.uid) return owner;
    this.#markAbsent(identity);
    return undefined;
  }

  async #finishForeground(ref: ResourceRef, node: GraphNode): Promise<void> {
    const blocking = blockingDependents(node);
    if (blocking.length === 0) return this.#removeFinalizer(ref, node.identity, foregroundFinalizer);
    for (const dependent of blocking) {
      if (!dependent.deletingDependents) this.#environment.enqueue(dependent.identity.uid, 0, specs.delete);
    }
  }

  /** A circle of owners that wait for each other would never end. */
  async #unblock(ref: ResourceRef, latest: KubeObject): Promise<void> {
    const ownerReferences = latest.metadata.ownerReferences?.map(owner =>
      owner.blockOwnerDeletion ? { ...owner, blockOwnerDeletion: false } : owner,
    );
    await this.#patchMetadata(ref, latest, { ownerReferences });
  }

  async #release(dependent: GraphNode, uids: ReadonlySet<string>): Promise<void> {
    const ref = this.#refOf(dependent.identity);
    await retryOnConflict(this.#environment, async () => {
      const latest = await this.#latest(ref, dependent.identity);
      if (latest?.metadata.uid !== dependent.identity.uid) return;
      const references = latest.metadata.ownerReferences ?? [];
      const kept = references.filter(owner => !uids.has(owner.uid));
      if (kept.length < references.length) await this.#patchMetadata(ref, latest, { ownerReferences: kept });
    });
  }

  async #removeFinalizer(ref: ResourceRef, identity: Identity, finalizer: string): Promise<void> {
    await retryOnConflict(this.#environment, async () => {
      const latest = await this.#latest(ref, identity);
      if (latest?.metadata.uid !== identity.uid) return;
      const finalizers = latest.metadata.finalizers ?? [];
      if (!finalizers.includes(finalizer)) return;
      await this.#patchMetadata(ref, latest, { finalizers: finalizers.filter(other => other !== finalizer) });
    });
  }

  /** A merge patch serves custom resources too, which know no strategic merge; the version makes it safe. */
  async #patchMetadata(ref: ResourceRef, latest: KubeObject, metadata: object): Promise<void> {
    const { namespace, name, resourceVersion, uid } = latest.metadata;
    const patch = { metadata: { ...metadata, resourceVersion, uid } };
    await orNotFound(this.#environment.client.patch(ref, namespace ?? '', name!, 'merge', patch));
  }

  #tellMismatch(dependent: Identity, owner: OwnerReference): void {
    const { uid, name, namespace, kind, apiVersion } = dependent;
    const shown = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    this.#environment.events.event(
      { kind, apiVersion, name, uid, ...(namespace ? { namespace } : {}) },
      'Warning',
      'OwnerRefInvalidNamespace',
      `ownerRef ${shown} does not exist in namespace ${JSON.stringify(namespace)}`,
    );
  }
}

/** Events have no dependents that matter and there are too many of them. */
function isCollectable({
  group,
  resource,
  verbs,
}: {
  group: string;
  resource: string;
  verbs: readonly string[];
}) {
  if (resource === 'events' && (group === '' || group === 'events.k8s.io')) return false;
  return ['delete', 'list', 'watch'].every(verb => verbs.includes(verb));
}

function isDeletingDependents({ metadata }: KubeObject): boolean {
  return Boolean(metadata.deletionTimestamp && metadata.finalizers?.includes(foregroundFinalizer));
}

function kindKey(group: string, kind: string): string {
  return `${kind}.${group}`;
}

function placeKey({ apiVersion, kind, namespace, name, uid }: Identity): string {
  return [uid, parseApiVersion(apiVersion).group, kind, namespace, name].join('/');
}
