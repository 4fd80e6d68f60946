import { controllerRevisions, daemonSets, nodes, pods } from '#api/generated/refs.ts';
import type { ControllerRevision, DaemonSet, DaemonSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { slowStart } from '#runtime/batch.ts';
import {
  type Change,
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  observing,
  type ReconcileResult,
} from '#runtime/controller.ts';
import { Expectations } from '#runtime/expectations.ts';
import { OwnWrites } from '#runtime/own-writes.ts';
import { claimObjects, controllerReference } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { targetNode, withTargetNode } from '../shared/node-affinity.ts';
import { indexByController, orphans } from '../shared/owned.ts';
import { isNamespaceTerminating, PodControl, podFromTemplate } from '../shared/pod-control.ts';
import { claimRevisions, currentRevision, forgetRevisions, revisionHashLabel } from '../shared/revisions.ts';
import { isEmptySelector, matcherOf } from '../shared/selector.ts';
import { FailureBackoff } from './backoff.ts';
import { DaemonBoard, type DaemonNodes } from './board.ts';
import { countDaemons, daemonTolerations, type DaemonPlan, type DaemonTerms, planDaemons } from './plan.ts';

const generationAnnotation = 'deprecated.daemonset.template.generation';
const generationLabel = 'pod-template-generation';
const podsPerSyncMax = 250;

/** Keeps one pod on each node that fits. */
export const daemonSetController = defineController({
  name: 'daemonset',
  setup: environment => {
    const controller = new DaemonSetController(environment);
    return {
      for: daemonSets,
      watches: [
        observing(daemonSets, change => controller.followSet(change)),
        observing(nodes, change => controller.keysOfNode(change)),
        observing(pods, change => controller.keysOfPod(change)),
      ],
      concurrency: 2,
      reconcile: key => controller.reconcile(key),
    };
  },
});

const revisioned = { ref: daemonSets, hashLabel: revisionHashLabel };

class DaemonSetController {
  readonly #environment: ControllerEnvironment;
  readonly #sets: Informer<DaemonSet>;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #revisions: Informer<ControllerRevision>;
  readonly #expectations: Expectations;
  readonly #podControl: PodControl;
  readonly #backoff = new FailureBackoff();
  readonly #written = new OwnWrites();
  readonly #ownerKeys = controllerKeys(daemonSets);
  /** By the uids of their sets. */
  readonly #boards = new Map<string, DaemonBoard>();
  readonly #known: DaemonNodes = {
    get: name => this.#nodes.get(name),
    names: () => this.#nodes.list().map(node => node.metadata.name!),
  };

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#sets = environment.informer(daemonSets);
    this.#nodes = environment.informer(nodes);
    this.#pods = environment.informer(pods);
    this.#revisions = environment.informer(controllerRevisions);
    indexByController(this.#pods);
    indexByController(this.#revisions);
    this.#expectations = new Expectations(environment.clock);
    this.#podControl = new PodControl(environment.client, environment.events);
  }

  followSet({ type, object }: Change<DaemonSet>): string[] {
    if (type === 'deleted') this.#boards.delete(object.metadata.uid!);
    return [];
  }

  /** Heartbeats move no daemon. */
  keysOfNode({ object, old }: Change<Node>): string[] {
    const facts = (node: Node) => [node.metadata.labels, node.spec?.taints];
    if (old && deepEqual(facts(old), facts(object))) return [];
    for (const board of this.#boards.values()) board.nodeChanged(object.metadata.name!);
    return this.#sets.list().map(objectKey);
  }

  keysOfPod(change: Change<Pod>): string[] {
    const { type, object, old } = change;
    const keys = this.#ownerKeys(object);
    for (const key of keys) {
      if (type === 'added') this.#expectations.created(key);
      if (type === 'deleted' || object.metadata.deletionTimestamp) {
        this.#expectations.deleted(key, object.metadata.uid!);
      }
    }
    this.#followPod(change);
    if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...this.#ownerKeys(old));
    if (type === 'deleted' || controllerOf(object)) return keys;
    const candidates = this.#sets.list(object.metadata.namespace);
    return [...keys, ...candidates.filter(set => isMember(set, object)).map(objectKey)];
  }

  #followPod({ type, object, old }: Change<Pod>): void {
    const now = this.#ownerUid(object);
    const before = old && this.#ownerUid(old);
    if (before !== undefined && before !== now) this.#leave(before, old!);
    if (now === undefined) return;
    if (type === 'deleted') this.#leave(now, object);
    else this.#board(now).setPod(object, before === now ? old : undefined);
  }

  #ownerUid(pod: Pod): string | undefined {
    return this.#ownerKeys(pod).length > 0 ? controllerOf(pod)?.uid : undefined;
  }

  #board(uid: string): DaemonBoard {
    let board = this.#boards.get(uid);
    if (!board) {
      board = new DaemonBoard();
      this.#boards.set(uid, board);
    }
    return board;
  }

  #leave(uid: string, pod: Pod): void {
    const board = this.#boards.get(uid);
    board?.deletePod(pod);
    if (board && !board.isUsed) this.#boards.delete(uid);
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const set = this.#sets.get(key);
    if (!set) {
      this.#expectations.forget(key);
      this.#written.forget(key);
      return {};
    }
    if (this.#written.isBehind(key, set)) return {};
    if (isEmptySelector(set.spec?.selector)) {
      const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
      this.#environment.events.event(set, 'Warning', 'SelectingAll', message);
      return {};
    }
    if (set.metadata.deletionTimestamp) return {};
    const { client, clock } = this.#environment;
    const revisions = await claimRevisions(client, revisioned, set, this.#revisions);
    const { revision, collisionCount } = await currentRevision(client, revisioned, set, revisions);
    const hash = hashOf(revision);
    const board = this.#board(set.metadata.uid!);
    if (await this.#mergeTwins(revision, revisions, board)) return {};
    const terms: DaemonTerms = { set, hash };
    board.refresh(terms, this.#known, clock.now());
    if (await this.#claim(set, board)) return {};
    const maySync = this.#expectations.satisfied(key);
    const isBackedOff = (node: string) => this.#backoffLeftMs(set, node) > 0;
    const plan = maySync ? planDaemons({ ...terms, places: board, isBackedOff }) : undefined;
    const failure = plan && (await this.#carryOut(key, terms, plan));
    board.refresh(terms, this.#known, clock.now());
    const { observedGeneration, ...counts } = countDaemons(set, board.sums);
    // A generation whose pods nobody has looked at yet is not observed.
    await this.#writeStatus(set, maySync ? { ...counts, observedGeneration } : counts, collisionCount);
    if (failure !== undefined) throw failure;
    await this.#forgetRevisions(terms, revisions, board);
    return { requeueAfterMs: this.#nextLookMs(key, terms, board, plan) };
  }

  async #forgetRevisions(
    { set, hash }: DaemonTerms,
    revisions: readonly ControllerRevision[],
    board: DaemonBoard,
  ): Promise<void> {
    const limit = set.spec?.revisionHistoryLimit ?? 10;
    if (revisions.length <= limit) return;
    const hashes = [hash, ...board.pods().map(pod => pod.metadata.labels?.[revisionHashLabel])];
    const used = new Set(hashes.map(one => `${set.metadata.name}-${one}`));
    await forgetRevisions(this.#environment.client, revisions, used, limit);
  }

  /**
   * Of several revisions of one template the newest stays: pods of the others are its own, and are not made anew for a
   * name. Resolves to whether there were any; their change leads back here.
   */
  async #mergeTwins(
    revision: ControllerRevision,
    revisions: readonly ControllerRevision[],
    board: DaemonBoard,
  ): Promise<boolean> {
    const { client } = this.#environment;
    const twins = revisions.filter(
      ({ metadata, data }) => metadata.uid !== revision.metadata.uid && deepEqual(data, revision.data),
    );
    if (twins.length === 0) return false;
    const hashes = new Set(twins.map(hashOf));
    const theirs = board.pods().filter(pod => hashes.has(pod.metadata.labels?.[revisionHashLabel] ?? ''));
    for (const { metadata } of theirs) {
      const { namespace, name, uid } = metadata;
      const patch = { metadata: { uid, labels: { [revisionHashLabel]: hashOf(revision) } } };
      await orNotFound(client.patch(pods, namespace!, name!, 'merge', patch));
    }
    for (const { metadata } of twins) {
      await orNotFound(client.delete(controllerRevisions, metadata.namespace!, metadata.name!));
    }
    return theirs.length > 0;
  }

  /** When time alone changes something. */
  #nextLookMs(
    key: string,
    { set }: DaemonTerms,
    { ripeAtMs }: DaemonBoard,
    plan: DaemonPlan | undefined,
  ): number | undefined {
    const waits = [
      ripeAtMs === undefined ? undefined : ripeAtMs - this.#environment.clock.now(),
      this.#expectations.leftMs(key),
      ...(plan?.backedOff ?? []).map(node => this.#backoffLeftMs(set, node)),
    ].filter(wait => wait !== undefined);
    return waits.length > 0 ? Math.max(1, Math.min(...waits)) : undefined;
  }

  #backoffLeftMs(set: DaemonSet, node: string): number {
    return this.#backoff.leftMs(backoffKey(set, node), this.#environment.clock.monotonicMs());
  }

  /** Resolves to whether pods were adopted, whose change leads back here. */
  async #claim(set: DaemonSet, board: DaemonBoard): Promise<boolean> {
    const strays = board.strays();
    const free = orphans(this.#pods, set.metadata.namespace!).filter(pod => isMember(set, pod));
    if (strays.length + free.length === 0) return false;
    const claim = {
      client: this.#environment.client,
      ref: pods,
      ownerRef: daemonSets,
      owner: set,
      matches: (pod: Pod) => isMember(set, pod),
    };
    return (await claimObjects(claim, [...strays, ...free])).length > 0;
  }

  async #carryOut(key: string, { set, hash }: DaemonTerms, plan: DaemonPlan): Promise<unknown> {
    const create = plan.create.slice(0, podsPerSyncMax);
    const remove = plan.remove.slice(0, podsPerSyncMax);
    for (const pod of plan.ended) this.#noteEnded(set, pod);
    this.#expectations.expectCreations(key, create.length);
    this.#expectations.expectDeletions(
      key,
      remove.map(pod => pod.metadata.uid!),
    );
    const failed = await this.#createAll(key, set, hash, create);
    const results = await Promise.allSettled(remove.map(pod => this.#podControl.delete(set, pod)));
    results.forEach((result, i) => {
      if (result.status === 'rejected') this.#expectations.deleted(key, remove[i]!.metadata.uid!);
    });
    return failed ?? results.find(result => result.status === 'rejected')?.reason;
  }

  async #createAll(key: string, set: DaemonSet, hash: string, on: readonly string[]): Promise<unknown> {
    let tried = 0;
    const { error } = await slowStart(
      on.length,
      async i => {
        tried++;
        try {
          await this.#podControl.create(set, daemonPod(set, hash, on[i]!));
        } catch (failure) {
          this.#expectations.created(key);
          if (!isNamespaceTerminating(failure)) throw failure;
        }
      },
      this.#environment.breathe,
    );
    for (; tried < on.length; tried++) this.#expectations.created(key);
    return error;
  }

  #noteEnded(set: DaemonSet, pod: Pod): void {
    const { namespace, name } = pod.metadata;
    const node = targetNode(pod.spec) ?? '';
    const failed = pod.status?.phase === 'Failed';
    if (failed) {
      const nowMs = this.#environment.clock.monotonicMs();
      this.#backoff.prune(nowMs);
      this.#backoff.note(backoffKey(set, node), nowMs);
    }
    const state = failed ? 'failed' : 'succeeded';
    const will = failed ? 'try to kill' : 'try to delete';
    const message = `Found ${state} daemon pod ${namespace}/${name} on node ${node}, will ${will} it`;
    const [type, reason] = failed
      ? (['Warning', 'FailedDaemonPod'] as const)
      : (['Normal', 'SucceededDaemonPod'] as const);
    this.#environment.events.event(set, type, reason, message);
  }

  async #writeStatus(
    set: DaemonSet,
    counts: DaemonSetStatus,
    collisionCount: number | undefined,
  ): Promise<void> {
    const status = {
      ...set.status,
      ...counts,
      ...(collisionCount !== undefined ? { collisionCount } : {}),
    };
    if (deepEqual(comparable(set.status), comparable(status))) return;
    const written = await this.#environment.client.updateStatus(daemonSets, { ...set, status });
    this.#written.note(objectKey(written), written);
  }
}

/** A changed template may do better: it does not wait for the failures of the last. */
function backoffKey({ metadata, status }: DaemonSet, node: string): string {
  return `${metadata.uid}/${status?.observedGeneration ?? 0}/${node}`;
}

function isMember(set: DaemonSet, pod: Pod): boolean {
  return matcherOf(set.spec?.selector)(pod);
}

/** The revision's name is the set's name and the hash. */
function hashOf({ metadata }: ControllerRevision): string {
  return metadata.name!.slice(metadata.name!.lastIndexOf('-') + 1);
}

function daemonPod(set: DaemonSet, hash: string, node: string): Partial<Pod> {
  const pod = podFromTemplate(set.spec?.template, set, controllerReference(daemonSets, set));
  const generation = set.metadata.annotations?.[generationAnnotation];
  const labels = {
    ...pod.metadata?.labels,
    [revisionHashLabel]: hash,
    ...(generation ? { [generationLabel]: generation } : {}),
  };
  const spec = { ...pod.spec!, tolerations: daemonTolerations(pod.spec) };
  return { metadata: { ...pod.metadata, labels }, spec: withTargetNode(spec, node) };
}

/** Counts that are zero may be left out by the server. */
function comparable(status: DaemonSetStatus | undefined): unknown {
  return {
    ...status,
    updatedNumberScheduled: status?.updatedNumberScheduled ?? 0,
    numberAvailable: status?.numberAvailable ?? 0,
    numberUnavailable: status?.numberUnavailable ?? 0,
  };
}
