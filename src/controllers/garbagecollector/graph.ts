/** Who owns whom, by uid: a pure data structure that informers feed. */
import { deepEqual } from '#base/equal.ts';
import { StringMap } from '#base/string-map.ts';
import type { KubeObject, OwnerReference } from '#machinery/object.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** Where an object is, as far as known; a virtual node knows only what its dependents say. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  /** '' for a cluster-scoped object. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface GraphNode {
  identity: Identity;
  /** Not seen by an informer yet, or of a kind that none watches. */
  virtual: boolean;
  owners: readonly OwnerReference[];
  dependents: ReadonlySet<GraphNode>;
  beingDeleted: boolean;
  /** Waits for its dependents to go (foreground deletion). */
  deletingDependents: boolean;
}

/** What a change of the graph calls for. */
export interface GraphEffects {
  /** Look whether this one is to be deleted now. */
  tryDelete(uid: string): void;
  /** Its dependents are to be orphaned. */
  orphan(uid: string): void;
  /** `owner` says a namespace or kind in which the object with that uid is not. */
  ownerMismatch(dependent: Identity, owner: OwnerReference): void;
  /** It is gone, and leaves dependents that will ask for it. */
  ownerGone(owner: Identity): void;
}

export class DependencyGraph {
  readonly #nodes = new StringMap<GraphNode>();
  readonly #effects: GraphEffects;

  constructor(effects: GraphEffects) {
    this.#effects = effects;
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** An informer shows the object, new or changed. */
  observe(object: KubeObject): void {
    const identity = identityOf(object);
    const owners = object.metadata.ownerReferences ?? [];
    let node = this.#nodes.get(identity.uid);
    if (!node) {
      node = newNode(identity, false);
      this.#nodes.set(identity.uid, node);
    } else if (node.virtual) this.#materialize(node, identity);
    this.#updateOwners(node, owners);
    this.#updateDeletion(node, object);
  }

  /** An informer shows that the object is gone. */
  remove(uid: string): void {
    const node = this.#nodes.get(uid);
    if (!node) return;
    this.#nodes.delete(uid);
    this.#detach(node);
    if (node.dependents.size > 0) this.#effects.ownerGone(node.identity);
    for (const dependent of node.dependents) this.#effects.tryDelete(dependent.identity.uid);
  }

  /** The server knows no object where this virtual node was said to be. */
  removeAbsent(absent: Identity): void {
    const node = this.#nodes.get(absent.uid);
    if (!node?.virtual) return;
    let elsewhere: Identity | undefined;
    for (const dependent of node.dependents) {
      const claimed = dependent.owners.find(owner => owner.uid === absent.uid);
      if (claimed && !agrees(absent, claimed, dependent.identity)) {
        elsewhere ??= virtualIdentity(claimed, dependent.identity);
      } else this.#effects.tryDelete(dependent.identity.uid);
    }
    if (elsewhere) {
      // Another dependent says another place: look there before the uid counts as gone.
      node.identity = elsewhere;
      this.#effects.tryDelete(absent.uid);
    } else this.#nodes.delete(absent.uid);
  }

  #materialize(node: GraphNode, identity: Identity): void {
    node.virtual = false;
    node.identity = identity;
    for (const dependent of node.dependents) {
      const claimed = dependent.owners.find(owner => owner.uid === identity.uid);
      if (claimed) this.#checkClaim(dependent, node, claimed);
    }
  }

  #updateOwners(node: GraphNode, owners: readonly OwnerReference[]): void {
    if (deepEqual(node.owners, owners)) return;
    const before = new Map(node.owners.map(owner => [owner.uid, owner]));
    const after = new Map(owners.map(owner => [owner.uid, owner]));
    node.owners = owners;
    for (const [uid, owner] of before) {
      const next = after.get(uid);
      if (!next) disown(this.#nodes.get(uid), node);
      if (owner.blockOwnerDeletion && !next?.blockOwnerDeletion) this.#unblocked(uid);
    }
    for (const [uid, owner] of after) if (!before.has(uid)) this.#attach(node, owner);
  }

  #attach(node: GraphNode, owner: OwnerReference): void {
    const known = this.#nodes.get(owner.uid);
    const ownerNode = known ?? newNode(virtualIdentity(owner, node.identity), true);
    own(ownerNode, node);
    if (!known) {
      this.#nodes.set(owner.uid, ownerNode);
      this.#effects.tryDelete(owner.uid);
    } else if (!known.virtual) this.#checkClaim(node, known, owner);
  }

  /** An owner elsewhere than said is no owner: the dependent may have to go. */
  #checkClaim(dependent: GraphNode, owner: GraphNode, claimed: OwnerReference): void {
    if (agrees(owner.identity, claimed, dependent.identity)) return;
    this.#effects.ownerMismatch(dependent.identity, claimed);
    this.#effects.tryDelete(dependent.identity.uid);
  }

  #unblocked(ownerUid: string): void {
    if (this.#nodes.get(ownerUid)?.deletingDependents) this.#effects.tryDelete(ownerUid);
  }

  #updateDeletion(node: GraphNode, { metadata }: KubeObject): void {
    if (!metadata.deletionTimestamp) return;
    const { uid } = node.identity;
    const waits = metadata.finalizers?.includes(foregroundFinalizer) ?? false;
    const startsToWait = waits && !node.deletingDependents;
    node.beingDeleted = true;
    if (metadata.finalizers?.includes(orphanFinalizer)) this.#effects.orphan(uid);
    if (!startsToWait) return;
    node.deletingDependents = true;
    for (const dependent of node.dependents) this.#effects.tryDelete(dependent.identity.uid);
    this.#effects.tryDelete(uid);
  }

  #detach(node: GraphNode): void {
    for (const { uid } of node.owners) {
      const owner = this.#nodes.get(uid);
      disown(owner, node);
      if (owner?.virtual && owner.dependents.size === 0) this.#nodes.delete(uid);
      this.#unblocked(uid);
    }
  }
}

/** Of most objects. */
const nobody: ReadonlySet<GraphNode> = new Set();

function own(owner: GraphNode, dependent: GraphNode): void {
  if (owner.dependents === nobody) owner.dependents = new Set([dependent]);
  else (owner.dependents as Set<GraphNode>).add(dependent);
}

function disown(owner: GraphNode | undefined, dependent: GraphNode): void {
  if (owner && owner.dependents !== nobody) (owner.dependents as Set<GraphNode>).delete(dependent);
}

function newNode(identity: Identity, virtual: boolean): GraphNode {
  return {
    identity,
    virtual,
    owners: [],
    dependents: nobody,
    beingDeleted: false,
    deletingDependents: false,
  };
}

export function identityOf({ apiVersion, kind, metadata }: KubeObject): Identity {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name!, uid: metadata.uid! };
}

/** An owner is cluster-scoped or in its dependent's namespace; which of them, its kind says. */
export function virtualIdentity(owner: OwnerReference, dependent: Identity): Identity {
  const { apiVersion, kind, name, uid } = owner;
  return { apiVersion, kind, namespace: dependent.namespace, name, uid };
}

function agrees(actual: Identity, claimed: OwnerReference, dependent: Identity): boolean {
  return (
    actual.kind === claimed.kind &&
    actual.name === claimed.name &&
    groupOf(actual.apiVersion) === groupOf(claimed.apiVersion) &&
    (actual.namespace === '' || actual.namespace === dependent.namespace)
  );
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Dependents that their owner must wait for. */
export function blockingDependents(node: GraphNode): GraphNode[] {
  return [...node.dependents].filter(dependent =>
    dependent.owners.some(owner => owner.uid === node.identity.uid && owner.blockOwnerDeletion),
  );
}
