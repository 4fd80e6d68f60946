/** Finds a node for every pod that has none, and binds it there. */
import { namespaces, nodes, podDisruptionBudgets, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { abortReason, type Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { Random } from '#base/random.ts';
import { StringMap } from '#base/string-map.ts';
import type { Client } from '#client/client.ts';
import { type ActionRecorder, createActionRecorder } from '#client/action-events.ts';
import type { Informer, InformerFactory } from '#client/informer.ts';
import { isTransient, retry } from '#client/retry.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { hasReason, StatusError } from '#machinery/status.ts';
import { decide, feasibleNodes, type NoPlacement } from './decide.ts';
import type { Extender } from './extender/extender.ts';
import { Extenders } from './extender/extenders.ts';
import { diagnosisText, refusalText } from './diagnosis.ts';
import { runPostFilters, withMessages } from './post-filter.ts';
import type { Framework } from './framework.ts';
import type { PreemptionCandidate, Rejection } from './framework/plugin.ts';
import type { PodInfo } from './framework/pod-info.ts';
import { isTerminal, watchCluster } from './cluster-watch.ts';
import { SchedulerMetrics, Stopwatch } from './metrics.ts';
import { NodeTable } from './node-table.ts';
import { PodWriter } from './pod-writer.ts';
import { pickCandidate, priced } from './plugins/default-preemption/pick.ts';
import type { PluginFactory } from './plugins/registry.ts';
import { createFramework, defaultProfile, type Profile } from './profile.ts';
import { type Backoff, type Entry, SchedulingQueue } from './queue.ts';

/** Between two questions about a pod whose binding had no answer. */
const askBackoff = {
  baseMs: 100,
  factor: 2,
  capMs: 5_000,
  jitter: 0.1,
  attemptsMax: Number.POSITIVE_INFINITY,
};

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The machine's. */
  readonly hostname: string;
  /** Default: upstream's default profile. */
  readonly profiles?: readonly Profile[];
  /** Plugins that profiles may name beside the built-in ones. */
  readonly plugins?: Readonly<Record<string, PluginFactory>>;
  /** Asked about every pod that they are interested in. */
  readonly extenders?: readonly Extender[];
  /** See QueueOptions. */
  readonly backoff?: Backoff;
  /** Default: `client`. */
  readonly eventClient?: Client;
  /** Default: one that writes Events through `eventClient`. */
  readonly recorder?: ActionRecorder;
}

export interface Scheduler extends AsyncDisposable {
  /** Resolves when the caches are synced and scheduling has begun. The informer factory must be started. */
  start(): Promise<void>;
  /** What /metrics tells of it. */
  readonly metrics: readonly MetricFamily[];
  /** Pods waiting, by where they wait. */
  pending(): Record<'active' | 'backoff' | 'unschedulable' | 'taken', number>;
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  return new PodScheduler(options);
}

/** How long decisions may go on before others get the event loop. */
const sliceMs = 8;
/** Events that wait while pods are bound faster than anybody would read of it. */
const queuedMax = 50_000;
/** Ends the wait of a pod for a plugin. */
const podGone = new Error('the pod is gone');
/** Bindings on their way to the API server at any one time. */
const bindingsMax = 64;

/** One try to find a pod a node. */
interface Attempt {
  readonly framework: Framework;
  readonly entry: Entry;
  readonly info: PodInfo;
  readonly watch: Stopwatch;
}

class PodScheduler implements Scheduler {
  readonly metrics: readonly MetricFamily[];
  readonly #options: SchedulerOptions;
  readonly #numbers: SchedulerMetrics;
  readonly #frameworks: ReadonlyMap<string, Framework>;
  readonly #table: NodeTable;
  readonly #queue: SchedulingQueue;
  readonly #owned = new DisposableStore();
  readonly #recorder: ActionRecorder;
  readonly #writer: PodWriter;
  readonly #bindings = new Set<Promise<void>>();
  /** Pods whose status says where they are about to go, by uid. */
  readonly #announced = new StringMap<true>();
  /** What ends the wait of a pod for a plugin, by its uid. */
  readonly #waiting = new StringMap<(why: Error) => void>();
  readonly #informers = new Set<Informer>();
  readonly #extenders: Extenders;
  /** Decisions are made one after the other: this many times the extenders are being asked about one. */
  #consulting = 0;
  readonly #stopped = new AbortController();
  /** Of `#bindings`, those that wait for no plugin. */
  #writing = 0;
  #start = 0;
  #running = false;
  #pump: Disposable | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { client, random, clock, log } = options;
    const namespaceInformer = this.#lister(namespaces);
    const budgets = this.#lister(podDisruptionBudgets);
    const context = {
      client,
      clock,
      random,
      signal: this.#stopped.signal,
      lister: <T extends KubeObject>(resource: ResourceRef<T>) => this.#lister(resource),
      budgets: () => budgets.list(),
    };
    this.#numbers = new SchedulerMetrics(clock);
    this.#extenders = new Extenders(options.extenders ?? [], log);
    this.#frameworks = new Map(
      (options.profiles ?? [defaultProfile]).map(profile => [
        profile.schedulerName,
        createFramework(this.#extenders.extend(profile), context, options.plugins),
      ]),
    );
    this.#table = new NodeTable(name => namespaceInformer.get(name)?.metadata.labels ?? {});
    this.#recorder =
      options.recorder ??
      this.#owned.add(
        createActionRecorder({
          client: options.eventClient ?? client,
          clock,
          random,
          log,
          queuedMax,
          hostname: options.hostname,
        }),
      );
    this.#writer = new PodWriter({ client, clock, log, recorder: this.#recorder });
    this.#queue = this.#owned.add(
      new SchedulingQueue({
        clock,
        ...(options.backoff ? { backoff: options.backoff } : {}),
        frameworkOf: info => this.#frameworkOf(info.pod),
        onActive: () => this.#wake(),
        onIncoming: (queue, event) => this.#numbers.incoming(queue, event),
      }),
    );
    this.metrics = this.#numbers.families(this.#queue, this.#table);
  }

  async start(): Promise<void> {
    const { informers, log } = this.#options;
    const resources = new Set([...this.#frameworks.values()].flatMap(framework => framework.watches));
    for (const resource of [nodes, pods, ...resources]) this.#lister(resource as ResourceRef);
    await Promise.all([...this.#informers].map(informer => informer.whenSynced()));
    if (this.#owned.disposed) return;
    const ours = (pod: Pod) => this.#frameworkOf(pod) !== undefined;
    const [table, queue] = [this.#table, this.#queue];
    const gone = (uid: string) => this.#waiting.get(uid)?.(podGone);
    this.#owned.add(watchCluster({ informers, table, queue, resources, ours, gone, log }));
    this.#running = true;
    this.#wake();
  }

  pending() {
    return this.#queue.counts();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running = false;
    this.#stopped.abort();
    this.#pump?.[Symbol.dispose]();
    this.#owned[Symbol.dispose]();
    await Promise.all(this.#bindings);
    await this.#writer.settled();
  }

  #lister<T extends KubeObject>(resource: ResourceRef<T>): Informer<T> {
    const informer = this.#options.informers.informer(resource);
    this.#informers.add(informer as unknown as Informer);
    return informer;
  }

  #frameworkOf(pod: Pod): Framework | undefined {
    return this.#frameworks.get(pod.spec?.schedulerName || 'default-scheduler');
  }

  #wake(): void {
    if (!this.#running || this.#pump) return;
    this.#pump = this.#options.clock.nextTurn(() => {
      this.#pump = undefined;
      this.#schedule();
    });
  }

  /** Decides pod after pod, for a slice of time and while few enough bindings are in flight. */
  #schedule(): void {
    const { clock } = this.#options;
    const until = clock.monotonicMs() + sliceMs;
    while (this.#running && !this.#consulting && this.#writing < bindingsMax) {
      const entry = this.#queue.take();
      if (!entry) return;
      this.#scheduleOne(entry);
      if (clock.monotonicMs() >= until) break;
    }
    // A binding that ends wakes the scheduler too.
    if (!this.#consulting && this.#writing < bindingsMax && this.#queue.hasActive) this.#wake();
  }

  #scheduleOne(entry: Entry): void {
    const { info } = entry;
    if (info.pod.metadata.deletionTimestamp || isTerminal(info.pod)) {
      if (!isTerminal(info.pod)) this.#writer.skipped(info);
      this.#queue.remove(info.uid);
      return;
    }
    const framework = this.#frameworkOf(info.pod)!;
    const meter = this.#numbers.profile(info.pod.spec?.schedulerName || 'default-scheduler');
    const attempt = { framework, entry, info, watch: new Stopwatch(this.#options.clock, meter) };
    if (this.#extenders.areInterestedIn(info)) this.#consult(attempt);
    else this.#decideOn(attempt);
  }

  /** Asks the extenders first; the decision is made on the cluster as it is by then. */
  #consult(attempt: Attempt): void {
    const { framework, info } = attempt;
    const nodes = feasibleNodes(framework, this.#table, info, this.#start);
    this.#whenAnswered(attempt, this.#extenders.consult(info, nodes), () => {
      attempt.watch.skip();
      this.#decideOn(attempt);
      this.#extenders.forget(info);
    });
  }

  /** Nothing else is decided until then. Without an answer the pod is tried again. */
  #whenAnswered<T>({ entry, info, watch }: Attempt, asked: Promise<T>, goOn: (answer: T) => void): void {
    this.#consulting++;
    const done = asked
      .then(
        answer => {
          if (this.#running && this.#queue.has(info.uid)) goOn(answer);
        },
        error => {
          this.#queue.retry(entry);
          watch.end('error');
          if (this.#running)
            this.#writer.failed(info, error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => {
        this.#consulting--;
        this.#bindings.delete(done);
        this.#wake();
      });
    this.#bindings.add(done);
  }

  #decideOn(attempt: Attempt): void {
    const { framework, info, watch } = attempt;
    const { random } = this.#options;
    const { verdict, nextStart } = decide(framework, this.#table, info, random, this.#start, watch.lap);
    this.#start = nextStart;
    if (verdict.type === 'unfit') {
      this.#refuse(attempt, verdict);
      return;
    }
    this.#numbers.chosen(watch.seconds);
    const refusal = framework.reserve(info, verdict.nodeName);
    watch.lap('reserve', refusal ? 'Unschedulable' : 'Success');
    if (refusal) {
      this.#park(attempt, new Set([refusal.plugin]), refusalText(refusal));
      return;
    }
    this.#table.assume(info, verdict.nodeName);
    this.#writing++;
    const binding = this.#bind(attempt, verdict.nodeName).finally(() => {
      this.#bindings.delete(binding);
      this.#writing--;
      this.#wake();
    });
    this.#bindings.add(binding);
  }

  /** Never rejects. */
  async #bind(attempt: Attempt, nodeName: string): Promise<void> {
    const { framework, info, watch } = attempt;
    if (framework.mayWait(info, nodeName) && !(await this.#mayBind(attempt, nodeName))) return;
    try {
      await framework.bind(info, nodeName, watch.lap);
      this.#bound(attempt, nodeName);
    } catch (error) {
      if (await this.#wasBound(info, nodeName, error)) this.#bound(attempt, nodeName);
      else if (hasReason((error as Error).cause, 'NotFound')) this.#gone(attempt, nodeName);
      else this.#bindFailed(attempt, nodeName, error);
    }
  }

  /** Permit and PreBind. Without their consent the decision is taken back. */
  async #mayBind(attempt: Attempt, nodeName: string): Promise<boolean> {
    try {
      const refusal = await this.#prepare(attempt, nodeName);
      if (!refusal) return true;
      this.#takeBack(attempt, nodeName);
      this.#park(attempt, new Set([refusal.plugin]), refusalText(refusal));
    } catch (error) {
      if (error === podGone) this.#gone(attempt, nodeName);
      else this.#bindFailed(attempt, nodeName, error);
    }
    return false;
  }

  /** There is no such pod any more, to be told of anything. */
  #gone(attempt: Attempt, nodeName: string): void {
    this.#announced.delete(attempt.info.uid);
    this.#takeBack(attempt, nodeName);
    attempt.watch.end('error');
    this.#queue.remove(attempt.info.uid);
  }

  /** Waits for the cluster to change, and its pod is told why. */
  #park(
    { entry, info, watch }: Attempt,
    plugins: ReadonlySet<string>,
    message: string,
    nominatedNodeName?: string | null,
  ): void {
    this.#queue.park(entry, plugins);
    watch.end('unschedulable');
    this.#writer.unschedulable(info, message, nominatedNodeName);
  }

  #bound({ entry, info, watch }: Attempt, nodeName: string): void {
    this.#queue.remove(info.uid);
    this.#announced.delete(info.uid);
    this.#table.removeNomination(info.uid);
    watch.end('scheduled');
    this.#numbers.bound(entry);
    this.#writer.scheduled(info, nodeName);
  }

  /**
   * A failure that is no refusal may be that of the answer: then the pod has its node, and takes its room there. Asks until
   * the server says, or the watch has told.
   */
  async #wasBound({ pod, uid }: PodInfo, nodeName: string, error: unknown): Promise<boolean> {
    const { cause } = error as { cause?: unknown };
    if (cause instanceof StatusError && cause.code < 500) return false;
    const { client, clock, random } = this.#options;
    const { namespace = '', name = '' } = pod.metadata;
    const timing = { clock, random, signal: this.#stopped.signal };
    const isUnknown = (failure: unknown) => isTransient(failure) && this.#table.isAssumed(uid);
    try {
      const found = await retry(timing, isUnknown, () => client.get(pods, namespace, name), askBackoff);
      return found.metadata.uid === uid && found.spec?.nodeName === nodeName;
    } catch {
      return this.#table.isConfirmed(uid);
    }
  }

  /** What waits for a plugin takes no place among those that write, and keeps nothing from stopping. */
  async #prepare({ framework, info, watch }: Attempt, nodeName: string): Promise<Rejection | undefined> {
    const { signal } = this.#stopped;
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    const stop = () => reject(abortReason(signal));
    signal.addEventListener('abort', stop, { once: true });
    this.#waiting.set(info.uid, reject);
    this.#writing--;
    this.#wake();
    try {
      const announce = () => this.#announce(info, nodeName);
      return await Promise.race([framework.prepare(info, nodeName, announce, watch.lap), stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#waiting.delete(info.uid);
      this.#writing++;
    }
  }

  /** While a pod waits for a plugin, others plan by where it is about to go (KEP-5278). */
  #announce(info: PodInfo, nodeName: string): Promise<void> {
    this.#announced.set(info.uid, true);
    return this.#writer.nominate(info, nodeName);
  }

  #bindFailed(attempt: Attempt, nodeName: string, error: unknown): void {
    const { entry, info, watch } = attempt;
    this.#takeBack(attempt, nodeName);
    watch.end('error');
    const message = error instanceof Error ? error.message : String(error);
    this.#queue.retry(entry);
    if (!this.#running) return;
    this.#options.log.warn('binding failed', { pod: info.key, node: nodeName, error: message });
    this.#writer.failed(info, message);
  }

  /** Undoes what a decision had counted. The server may have confirmed it all the same: then it stands. */
  #takeBack({ framework, info }: Attempt, nodeName: string): void {
    framework.unreserve(info, nodeName);
    if (this.#announced.delete(info.uid)) {
      void this.#writer.nominate(info, this.#table.nominatedNodeOf(info.uid) ?? null);
    }
    if (!this.#table.isAssumed(info.uid)) return;
    const promised = this.#table.nominatedNodeOf(info.uid);
    const freed = this.#table.free(info.uid);
    if (promised) this.#table.nominate(info, promised);
    if (freed) this.#queue.notify(freed);
  }

  #refuse(attempt: Attempt, { diagnosis, postFilterInput }: NoPlacement): void {
    const { framework, info, watch } = attempt;
    const plugins = new Set(diagnosis.plugins);
    const message = diagnosisText(diagnosis);
    // With no node at all, any node may do.
    if (diagnosis.nodeCount === 0) for (const plugin of framework.plugins) plugins.add(plugin.name);
    if (!postFilterInput) {
      this.#park(attempt, plugins, message);
      return;
    }
    const outcome = runPostFilters(framework, postFilterInput);
    const { freed, messages, withdrawn } = outcome;
    watch.lap('postFilter', freed ? 'Success' : 'Unschedulable');
    if (outcome.preempting) this.#numbers.preempting();
    for (const carryOut of outcome.chores) void this.#carryOut(info, carryOut);
    if (!freed) {
      if (withdrawn) this.#table.removeNomination(info.uid);
      this.#park(attempt, plugins, withMessages(message, messages), withdrawn ? null : undefined);
      return;
    }
    plugins.add(freed.plugin);
    const review = freed.candidates && this.#extenders.review(info, freed.candidates);
    if (review) {
      const reviewed = review.then(
        kept => ({ kept, why: 'no candidate node for preemption' }),
        error => ({ kept: [], why: error instanceof Error ? error.message : String(error) }),
      );
      this.#whenAnswered(attempt, reviewed, ({ kept, why }) => {
        const refused = withMessages(message, [...messages, `preemption: ${why}`]);
        this.#preemptReviewed(attempt, kept, plugins, kept.length === 0 ? refused : message);
      });
      return;
    }
    this.#preempt(info, freed.nodeName, freed.victims);
    this.#park(attempt, plugins, message, freed.nodeName);
  }

  /** Nothing waits for it. Where it fails, the pod finds things as they were when it is tried again. */
  async #carryOut({ key }: PodInfo, carryOut: () => Promise<void>): Promise<void> {
    try {
      await carryOut();
    } catch (error) {
      if (!this.#running) return;
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log.warn('making room failed', { pod: key, error: why });
    }
  }

  /** As the extenders leave it: another node, or none. */
  #preemptReviewed(
    attempt: Attempt,
    kept: readonly PreemptionCandidate[],
    plugins: ReadonlySet<string>,
    message: string,
  ): void {
    const picked = kept.length > 0 ? pickCandidate(kept.map(priced)) : undefined;
    if (picked) this.#preempt(attempt.info, picked.node.name, picked.victims);
    this.#park(attempt, plugins, message, picked?.node.name);
  }

  /** Promises a node to a pod. Those of lower priority that it was promised to look for another. */
  #preempt(info: PodInfo, nodeName: string, victims: readonly PodInfo[]): void {
    const { uid, priority } = info;
    this.#numbers.preempted(victims.length);
    const displaced = this.#table
      .nominatedTo(nodeName)
      .filter(other => other.priority < priority && other.uid !== uid);
    for (const other of displaced) {
      this.#table.removeNomination(other.uid);
      this.#writer.withdrawNomination(other);
      this.#queue.activate(other.uid);
    }
    this.#table.nominate(info, nodeName);
    const evicted = victims.filter(victim => !this.#callOff(info, nodeName, victim));
    // Meanwhile the pod would find the node as it was, and drive away others.
    this.#queue.hold(uid);
    void this.#writer.evict(info, nodeName, evicted).then(done => {
      this.#queue.release(uid);
      // What could not be evicted frees no room: the pod looks again, later.
      if (!done) this.#queue.tryLater(uid);
    });
  }

  /** A victim that is not bound yet, for it waits for a plugin, need not be deleted: it looks for another node. */
  #callOff(preemptor: PodInfo, nodeName: string, victim: PodInfo): boolean {
    const callOff = this.#waiting.get(victim.uid);
    if (!callOff) return false;
    callOff(new Error('preempted by DefaultPreemption'));
    this.#writer.preempted(preemptor, nodeName, victim, ' (in kube-scheduler memory).');
    return true;
  }
}
