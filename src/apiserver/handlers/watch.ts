import { DisposableStore } from '#base/disposable.ts';
import type { TimeSlice } from '#base/time-slice.ts';
import { type Status, StatusError, statusError } from '#machinery/status.ts';
import { isTrue } from '#machinery/query.ts';
import type { Entry } from '../resources/entry.ts';
import { presented } from '../resources/presented.ts';
import { type Change, TooOldError } from '../resources/resource-cache.ts';
import type { ApiResponse, Room, WatchSink } from '../response.ts';
import type { ResourceRequest, Services } from './context.ts';
import { InOrder } from './in-order.ts';
import { checkListOptions, startsWithState, listNumbers } from './options.ts';
import { keyPrefix, parseRevision, scopeOf, waitForRevision } from './read.ts';
import { selected } from './selected.ts';
import { type Selection, type Selectors, parseSelectors, selectionOf } from './selection.ts';

/** So long before a watch ends, its client is told once more how far it has come (apiserver: cacher). */
const lastBookmarkMs = 2_000;

interface WatchOptions {
  readonly prefix: string;
  readonly selection: Selection;
  /** Events after this revision, which may be one to come; undefined: first the state of now. */
  readonly since: number | undefined;
  /** The state of now is this new at least. */
  readonly wanted: number | undefined;
  readonly bookmarks: boolean;
  /** A bookmark marks the end of the initial events. */
  readonly markInitial: boolean;
  readonly timeoutMs: number;
}

export async function watchObjects(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const options = parseOptions(services, call);
  const failure = await waitForRevision(services, options.wanted, call.served).catch(
    (error: unknown) => error,
  );
  return {
    type: 'watch',
    served: call.served,
    sized: services.metrics.watchSizes(call.info),
    lagged: () => services.cacheMetrics.terminated(call.served),
    open: sink => {
      const counted = new CountedSink(sink, services.metrics.watchEvents(call.info));
      return failure ? failedWatch(failure, counted) : openWatch(services, call, options, counted);
    },
  };
}

/** Tells how many events go to a watcher. */
class CountedSink implements WatchSink {
  readonly #sink: WatchSink;
  readonly #count: (by?: number) => void;

  constructor(sink: WatchSink, count: (by?: number) => void) {
    this.#sink = sink;
    this.#count = count;
  }

  added(entries: readonly Entry[], at: number, room: Room): number {
    const end = this.#sink.added(entries, at, room);
    this.#count(end - at);
    return end;
  }

  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', entry: Entry): void {
    this.#count();
    this.#sink.event(type, entry);
  }

  bookmark(revision: number, initialEventsEnd: boolean): void {
    this.#count();
    this.#sink.bookmark(revision, initialEventsEnd);
  }

  error(status: Status): void {
    this.#count();
    this.#sink.error(status);
  }

  caughtUp(): Promise<void> | undefined {
    return this.#sink.caughtUp?.();
  }

  end(): void {
    this.#sink.end();
  }
}

/** A watch that is understood fails in its own events. */
function failedWatch(failure: unknown, sink: WatchSink): Disposable {
  if (!(failure instanceof StatusError)) throw failure;
  sink.error(failure.status);
  sink.end();
  return new DisposableStore();
}

function parseOptions(services: Services, call: ResourceRequest): WatchOptions {
  const { query } = call.request;
  const { timeoutSeconds } = listNumbers(query);
  const selectors = parseSelectors(query);
  // Where only the path says that it is watched, the options are judged as a list's.
  const saysWatch = isTrue(query.get('watch'));
  checkListOptions(query, saysWatch);
  const selection = nameSelection(call, selectionOf(selectors, call.served), selectors);
  const revision = parseRevision(query.get('resourceVersion'));
  const bookmarks = isTrue(query.get('allowWatchBookmarks'));
  const startsSo = startsWithState(query);
  const asksForState = isTrue(query.get('sendInitialEvents')) || (saysWatch && startsSo);
  const wantsState = asksForState || startsSo;
  return {
    prefix: keyPrefix(scopeOf(call)),
    selection,
    since: wantsState ? undefined : revision || services.cache.revision,
    wanted: wantsState ? revision : undefined,
    bookmarks,
    markInitial: bookmarks && asksForState,
    timeoutMs:
      timeoutSeconds === 0 ? services.limits.watchMsMin * (1 + services.random.next()) : goMs(timeoutSeconds),
  };
}

/** What Go's 64 bits of nanoseconds make of it; below 0: it is over before it begins. */
function goMs(seconds: number): number {
  return Number(BigInt.asIntN(64, BigInt(seconds) * 1_000_000_000n)) / 1_000_000;
}

/** The old form GET …/pods/NAME?watch=1 watches the one object. */
function nameSelection(call: ResourceRequest, selection: Selection, { fields }: Selectors): Selection {
  const { name } = call.info;
  if (name === '') return selection;
  if (fields) {
    if (fields.requiredValue('metadata.name') === name) return selection;
    throw statusError.badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return { all: false, matches: object => object.metadata.name === name && selection.matches(object) };
}

function openWatch(
  services: Services,
  call: ResourceRequest,
  options: WatchOptions,
  sink: WatchSink,
): Disposable {
  const { cache, definition } = call.served;
  const life = new DisposableStore();
  const end = () => {
    if (life.disposed) return;
    life[Symbol.dispose]();
    sink.end();
  };
  const order = new InOrder(error => {
    const told = error instanceof StatusError ? error : statusError.internal((error as Error).message);
    sink.error(told.status);
    end();
  });
  const change = definition.conversion
    ? (one: Change) => order.do(() => deliverShown(call, options.selection, one, sink))
    : (one: Change) => {
        if (order.isIdle) deliver(options.selection, one, sink);
        else order.do(() => deliver(options.selection, one, sink));
      };
  if (options.timeoutMs < 0) {
    end();
    return life;
  }
  try {
    if (options.since === undefined) order.do(() => sendState(services, call, options, sink, life));
    const since = options.since ?? services.cache.revision;
    life.add(
      cache.watch(since, {
        prefix: options.prefix,
        change: since > services.cache.revision ? one => one.entry.revision > since && change(one) : change,
        ended: () => order.do(end),
      }),
    );
  } catch (error) {
    if (!(error instanceof TooOldError)) throw error;
    sink.error(statusError.expired(error.message).status);
    end();
    return life;
  }
  const bookmark = () => {
    const { revision } = services.cache;
    order.do(() => sink.bookmark(revision, false));
  };
  if (options.bookmarks) life.add(services.bookmarks.add(bookmark));
  const lastMs = options.bookmarks && options.timeoutMs > lastBookmarkMs ? lastBookmarkMs : 0;
  const over = () => {
    if (lastMs === 0) return end();
    bookmark();
    life.add(services.clock.after(lastMs, end));
  };
  life.add(services.clock.after(options.timeoutMs - lastMs, over));
  return life;
}

function sendState(
  services: Services,
  { served, info, startMs }: ResourceRequest,
  { prefix, selection, markInitial }: WatchOptions,
  sink: WatchSink,
  life: DisposableStore,
): void | Promise<void> {
  const { revision } = services.cache;
  const { entries } = served.cache.list(prefix, prefix, 0);
  const send = (chosen: readonly Entry[]) => {
    const mark = () => {
      if (!markInitial) return;
      sink.bookmark(revision, true);
      services.metrics.watchListed(info, startMs);
    };
    const sent = sendAll(chosen, { sink, life, slice: services.slice, room: {} });
    return sent ? sent.then(mark) : mark();
  };
  if (selection.all && !served.definition.conversion) return send(entries);
  return selected(services.slice, served, entries, { selection, limit: 0 }).then(found =>
    send(found.entries),
  );
}

interface SentState {
  readonly sink: WatchSink;
  readonly life: DisposableStore;
  readonly slice: TimeSlice;
  readonly room: Room;
}

/** At once, as long as the client keeps up and the turn is not spent; then on from there. */
function sendAll(entries: readonly Entry[], state: SentState, from = 0): undefined | Promise<void> {
  const { sink, life, slice, room } = state;
  for (let at = from; at < entries.length; ) {
    at = sink.added(entries, at, room);
    const wait = sink.caughtUp?.() ?? slice.breathe();
    if (wait) return wait.then(() => (life.disposed ? undefined : sendAll(entries, state, at)));
  }
  return undefined;
}

/** A change of what a conversion may have to show first. */
function deliverShown(
  { served }: ResourceRequest,
  selection: Selection,
  { type, entry, previous }: Change,
  sink: WatchSink,
): void | Promise<void> {
  const send = ([now, before]: readonly Entry[]) =>
    deliver(selection, { type, entry: now!, previous: before }, sink);
  const entries = presented(served, previous ? [entry, previous] : [entry]);
  return entries instanceof Promise ? entries.then(send) : send(entries);
}

/** An object that enters or leaves the selection is added or deleted, for that watcher. */
function deliver(selection: Selection, change: Change, sink: WatchSink): void {
  const { entry, previous } = change;
  const before = previous !== undefined && selection.matches(previous.object);
  const now = change.type === 'put' && selection.matches(entry.object);
  if (now) sink.event(before ? 'MODIFIED' : 'ADDED', entry);
  else if (before) sink.event('DELETED', change.type === 'delete' ? entry : entry.leaving(previous));
}
