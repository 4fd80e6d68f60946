/**
 * The scheduling queue: pods to try now (active), pods to try when their back-off is over, and pods that wait for the
 * cluster to change (unschedulable). A pod taken out is the caller's until it comes back or is removed.
 */
import { type Clock, every } from '#base/clock.ts';
import { Heap } from '#base/heap.ts';
import { StringMap } from '#base/string-map.ts';
import { eventLabel } from './event-label.ts';
import type { Framework } from './framework.ts';
import type { ClusterEvent, Plugin, QueuedPod } from './framework/plugin.ts';
import type { PodInfo } from './framework/pod-info.ts';
import { kindKey } from './framework/pod-kind.ts';

/** Pods that no event wakes are tried again all the same. */
const unschedulableMsMax = 5 * 60_000;
const flushPeriodMs = 30_000;

/** How long a pod that failed waits: twice as long each time, up to a bound. */
export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

const defaultBackoff: Backoff = { initialMs: 1000, maxMs: 10_000 };

export interface QueueOptions {
  readonly clock: Clock;
  /** Default: from one second to ten. */
  readonly backoff?: Backoff;
  /** The profile that a pod names; undefined where it is none of this scheduler's. */
  readonly frameworkOf: (pod: PodInfo) => Framework | undefined;
  /** The active queue is no longer empty. */
  readonly onActive: () => void;
  /** A pod came into a queue, by what is told with it. */
  readonly onIncoming?: (queue: Place, event: string) => void;
}

type Place = 'active' | 'backoff' | 'unschedulable' | 'taken';

/** A pod's stay in the queue. */
export interface Entry extends QueuedPod {
  info: PodInfo;
  timestampMs: number;
  /** Tries so far. */
  attempts: number;
  /** Those that ended because the pod fitted nowhere. */
  refusals: number;
  /** Since the last of those, tries in which something went wrong. */
  errors: number;
  /** When it was tried first, on the monotonic clock. */
  firstTriedMs: number;
  backoffUntilMs: number;
  /** It waits because something went wrong, not because it did not fit. */
  failed: boolean;
  /** It may not even be tried. */
  gated: boolean;
  /** It would have been tried, had it not been held back. */
  missed: boolean;
  rejectedBy: ReadonlySet<string>;
  place: Place;
  /** How many events there had been when it was taken. */
  seen: number;
  /** Grows with every move, so that what lies in a heap from before counts no more. */
  moves: number;
  /** The order of arrival: the last word among equals. */
  readonly sequence: number;
  /** See kindKey; worked out when it is first asked for. */
  kind: string | undefined;
}

/** An entry's place in a heap, with the values that it was put there by. Void once the entry moves on. */
interface Ticket extends QueuedPod {
  readonly entry: Entry;
  readonly moves: number;
  readonly dueMs: number;
}

function ticketOf(entry: Entry): Ticket {
  const { info, timestampMs, moves, backoffUntilMs } = entry;
  return { entry, info, timestampMs, moves, dueMs: backoffUntilMs };
}

const attemptFailed = 'ScheduleAttemptFailure';

/** Back-offs that end within the same second are over in the order of the pods, not of their ends. (KEP-5142) */
function windowOf({ dueMs }: Ticket): number {
  return Math.floor(dueMs / 1000);
}

/** As if an event had come since the pod was taken, whatever comes. */
const unseen = -1;

const nobody: ReadonlySet<string> = new Set();

/** The first ticket that still counts. */
function top(heap: Heap<Ticket>): Ticket | undefined {
  for (let ticket = heap.peek(); ticket; ticket = heap.peek()) {
    if (ticket.entry.moves === ticket.moves) return ticket;
    heap.pop();
  }
  return undefined;
}

function pull(heap: Heap<Ticket>): Entry | undefined {
  const ticket = top(heap);
  if (ticket) heap.pop();
  return ticket?.entry;
}

/** Pods of one group get one answer of a plugin. */
function groupOf(entry: Entry, plugin: Plugin): string {
  if (!plugin.nodeLocal) return entry.info.uid;
  entry.kind ??= kindKey(entry.info);
  return entry.kind;
}

export class SchedulingQueue implements Disposable {
  readonly #options: QueueOptions;
  readonly #entries = new StringMap<Entry>();
  readonly #unschedulable = new Set<Entry>();
  /**
   * The same by the plugins that refused them, and by what they ask of a node: an event is told to plugins that it may
   * change the mind of, once for pods that are equal to them.
   */
  readonly #refusedBy = new Map<Plugin, Map<string, Set<Entry>>>();
  readonly #active: Heap<Ticket>;
  readonly #backoff = new Heap<Ticket>(
    (a, b) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.entry.sequence < b.entry.sequence),
  );
  /** Of those in back-off, the ones that an event woke: they are tried early when no other is active. */
  readonly #woken: Heap<Ticket>;
  /** Pods that are not tried for the time being, by uid. */
  readonly #held = new StringMap<true>();
  readonly #flush: Disposable;
  #backoffTimer: Disposable | undefined;
  #sequence = 0;
  #events = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#active = new Heap((a, b) => this.#before(a, b));
    this.#woken = new Heap((a, b) => {
      const windows = windowOf(a) - windowOf(b);
      return windows < 0 || (windows === 0 && this.#before(a, b));
    });
    this.#flush = every(options.clock, flushPeriodMs, () => this.#wakeForgotten());
  }

  /** Pods in the queue and taken from it. */
  get size(): number {
    return this.#entries.size;
  }

  /** Pods by place, for metrics and tests. */
  counts(): Record<Place, number> {
    const counts: Record<Place, number> = { active: 0, backoff: 0, unschedulable: 0, taken: 0 };
    for (const { place } of this.#entries.values()) counts[place]++;
    return counts;
  }

  /** Pods that wait for the cluster to change. */
  parked(): readonly Entry[] {
    return [...this.#unschedulable];
  }

  /** Takes in a pod that is new. */
  add(info: PodInfo): void {
    const entry: Entry = {
      info,
      timestampMs: this.#options.clock.now(),
      attempts: 0,
      refusals: 0,
      errors: 0,
      firstTriedMs: 0,
      backoffUntilMs: 0,
      failed: false,
      gated: false,
      missed: false,
      rejectedBy: nobody,
      place: 'taken',
      seen: 0,
      moves: 0,
      sequence: this.#sequence++,
      kind: undefined,
    };
    this.#entries.set(info.uid, entry);
    this.#activate(entry, 'UnschedulablePodAdd');
  }

  /** A waiting pod changed; `wake` where the change may matter to scheduling. */
  update(info: PodInfo, wake: boolean): void {
    const entry = this.#entries.get(info.uid);
    if (!entry) {
      this.add(info);
      return;
    }
    const old = entry.info;
    this.#setInfo(entry, info);
    // Where it is in the queue may be another now.
    if (entry.place === 'active') this.#activate(entry, '');
    else if (wake && entry.place === 'taken') entry.seen = unseen;
    else if (wake && entry.place === 'unschedulable')
      this.#wakeIf(entry, { type: 'podUpdated', pod: info, old });
  }

  /** What it is parked by may be another now. */
  #setInfo(entry: Entry, info: PodInfo): void {
    const parked = entry.place === 'unschedulable';
    if (parked) this.#unpark(entry);
    entry.info = info;
    entry.kind = undefined;
    if (parked) this.#park(entry);
  }

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  remove(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    this.#entries.delete(uid);
    this.#held.delete(uid);
    this.#move(entry, 'taken');
  }

  /** The next pod to try. While there is nothing else to do, none sits out its back-off. */
  take(): Entry | undefined {
    const entry = pull(this.#active) ?? this.#takeEarly();
    if (!entry) return undefined;
    this.#move(entry, 'taken');
    entry.seen = this.#events;
    if (entry.attempts++ === 0) entry.firstTriedMs = this.#options.clock.monotonicMs();
    return entry;
  }

  #takeEarly(): Entry | undefined {
    const entry = pull(this.#woken);
    if (entry) this.#options.onIncoming?.('active', 'PopFromBackoffQ');
    return entry;
  }

  get hasActive(): boolean {
    return top(this.#active) !== undefined || top(this.#woken) !== undefined;
  }

  /**
   * A pod that fits nowhere waits until an event may change the mind of a plugin in `rejectedBy`. While it was asked about
   * elsewhere, such an event may have passed it by: then it is tried again after its back-off.
   */
  park(entry: Entry, rejectedBy: ReadonlySet<string>): void {
    if (!this.#entries.has(entry.info.uid)) return;
    entry.refusals++;
    entry.errors = 0;
    this.#startBackoff(entry, entry.refusals);
    entry.rejectedBy = rejectedBy;
    entry.failed = entry.seen !== this.#events;
    if (entry.failed) this.#delay(entry, attemptFailed);
    else this.#enter(entry, 'unschedulable', attemptFailed);
  }

  /** A pod that failed by no fault of the cluster's state is tried again after a back-off, which grows while such failures go on. */
  retry(entry: Entry): void {
    if (!this.#entries.has(entry.info.uid)) return;
    entry.errors++;
    this.#startBackoff(entry, entry.errors);
    entry.failed = true;
    this.#delay(entry, attemptFailed);
  }

  /** A parked pod has its turn without an event. */
  activate(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry?.place === 'unschedulable') this.#wake(entry, 'ForceActivate');
    else if (entry?.place === 'taken') entry.seen = unseen;
  }

  /** A parked pod is tried again after its back-off, and not before: what it was parked for did not come about. */
  tryLater(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry?.place === 'unschedulable') {
      entry.failed = true;
      this.#delay(entry, 'ForceActivate');
    } else if (entry?.place === 'taken') entry.seen = unseen;
  }

  /** Whatever comes, the pod is not tried before it is released. */
  hold(uid: string): void {
    this.#held.set(uid, true);
  }

  /** What would have woken the pod in the meantime does so now. */
  release(uid: string): void {
    this.#held.delete(uid);
    const entry = this.#entries.get(uid);
    if (entry?.missed && entry.place === 'unschedulable') this.#wake(entry, 'ForceActivate');
  }

  /** Wakes the pods that an event may have made schedulable. */
  notify(event: ClusterEvent): void {
    this.#events++;
    // That it is taken back itself is no news to a pod.
    const own = event.type === 'podFreed' ? this.#entries.get(event.pod.uid) : undefined;
    if (own) own.seen++;
    for (const [plugin, groups] of this.#refusedBy) {
      if (!plugin.mayCure || plugin.cures?.includes(event.type) === false) continue;
      // Listed first: what is kept out once more comes back to the same group.
      const cured = [...groups.values()].flatMap(equals => this.#curedAmong(equals, plugin, event));
      if (cured.length === 0) continue;
      const label = eventLabel(event);
      for (const entry of cured) this.#wake(entry, label);
    }
  }

  [Symbol.dispose](): void {
    this.#flush[Symbol.dispose]();
    this.#backoffTimer?.[Symbol.dispose]();
    this.#entries.clear();
    this.#held.clear();
    this.#unschedulable.clear();
    this.#refusedBy.clear();
  }

  /** Those of one group that an event may help. A pod that the freed node is promised to is not like the others. */
  #curedAmong(group: ReadonlySet<Entry>, plugin: Plugin, event: ClusterEvent): Entry[] {
    const mayCure = ({ info }: Entry) => plugin.mayCure!(event, info);
    const promised = event.type === 'podFreed' ? (event.crowd?.promised ?? []) : [];
    const special = promised
      .flatMap(({ uid }) => this.#entries.get(uid) ?? [])
      .filter(entry => group.has(entry));
    const cured = special.filter(mayCure);
    const others = group.values().filter(entry => !special.includes(entry));
    const { value: any } = others.next();
    return any && mayCure(any) ? [...cured, any, ...others] : cured;
  }

  #before(a: Ticket, b: Ticket): boolean {
    const framework = this.#options.frameworkOf(a.info);
    if (framework?.less(a, b)) return true;
    return !framework?.less(b, a) && a.entry.sequence < b.entry.sequence;
  }

  #startBackoff(entry: Entry, failures: number): void {
    const now = this.#options.clock.now();
    entry.timestampMs = now;
    const { initialMs, maxMs } = this.#options.backoff ?? defaultBackoff;
    entry.backoffUntilMs = now + Math.min(initialMs * 2 ** (failures - 1), maxMs);
  }

  #wakeIf(entry: Entry, event: ClusterEvent): void {
    const framework = this.#options.frameworkOf(entry.info);
    if (framework?.mayCure(event, entry.info, entry.rejectedBy)) {
      this.#wake(entry, eventLabel(event));
    }
  }

  #wake(entry: Entry, event: string): void {
    if (entry.backoffUntilMs > this.#options.clock.now()) this.#delay(entry, event);
    else this.#activate(entry, event);
  }

  /** Whether nothing keeps a pod from being tried; else it waits with those that fit nowhere. */
  #mayEnter(entry: Entry, event: string): boolean {
    const { info } = entry;
    const rejection = this.#options.frameworkOf(info)?.preEnqueue(info);
    if (rejection) entry.rejectedBy = new Set([rejection.plugin]);
    entry.missed = !rejection && this.#held.has(info.uid);
    entry.gated = entry.missed || rejection !== undefined;
    if (entry.gated) this.#enter(entry, 'unschedulable', event);
    return !entry.gated;
  }

  #activate(entry: Entry, event: string): void {
    if (!this.#mayEnter(entry, event)) return;
    this.#enter(entry, 'active', event);
    this.#active.push(ticketOf(entry));
    this.#options.onActive();
  }

  #delay(entry: Entry, event: string): void {
    if (!this.#mayEnter(entry, event)) return;
    this.#enter(entry, 'backoff', event);
    const ticket = ticketOf(entry);
    this.#backoff.push(ticket);
    if (!entry.failed) {
      this.#woken.push(ticket);
      this.#options.onActive();
    }
    this.#armBackoff();
  }

  /** A move that an event brings about; what only changes its order in a queue comes into none. */
  #enter(entry: Entry, place: Place, event: string): void {
    if (entry.place !== place) this.#options.onIncoming?.(place, event);
    this.#move(entry, place);
  }

  #move(entry: Entry, place: Place): void {
    if (entry.place === 'unschedulable') this.#unpark(entry);
    entry.place = place;
    entry.moves++;
    if (place === 'unschedulable') this.#park(entry);
  }

  #park(entry: Entry): void {
    this.#unschedulable.add(entry);
    for (const plugin of this.#pluginsOf(entry)) {
      const groups = this.#refusedBy.get(plugin) ?? new Map<string, Set<Entry>>();
      this.#refusedBy.set(plugin, groups);
      const key = groupOf(entry, plugin);
      groups.set(key, (groups.get(key) ?? new Set()).add(entry));
    }
  }

  #unpark(entry: Entry): void {
    this.#unschedulable.delete(entry);
    for (const [plugin, groups] of this.#refusedBy) {
      const key = groupOf(entry, plugin);
      const equals = groups.get(key);
      if (equals?.delete(entry) && equals.size === 0) groups.delete(key);
    }
  }

  #pluginsOf({ info, rejectedBy }: Entry): Plugin[] {
    const framework = this.#options.frameworkOf(info);
    return [...rejectedBy].flatMap(name => framework?.plugin(name) ?? []);
  }

  #armBackoff(): void {
    this.#backoffTimer?.[Symbol.dispose]();
    this.#backoffTimer = undefined;
    const next = this.#backoff.peek();
    if (!next) return;
    const { clock } = this.#options;
    const delayMs = Math.max(0, next.dueMs - clock.now());
    this.#backoffTimer = clock.after(delayMs, () => this.#endBackoffs());
  }

  #endBackoffs(): void {
    const now = this.#options.clock.now();
    for (let next = this.#backoff.peek(); next && next.dueMs <= now; next = this.#backoff.peek()) {
      this.#backoff.pop();
      if (next.entry.moves === next.moves) this.#activate(next.entry, 'BackoffComplete');
    }
    this.#armBackoff();
  }

  #wakeForgotten(): void {
    const before = this.#options.clock.now() - unschedulableMsMax;
    for (const entry of [...this.#unschedulable]) {
      if (entry.timestampMs < before) this.#wake(entry, 'UnschedulableTimeout');
    }
  }
}
