import { sleep } from '#base/clock.ts';
import type { ListMeta } from '#machinery/object.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import { CompactedError, type KeyValue, prefixEnd } from '#store/store.ts';
import { isTrue } from '#machinery/query.ts';
import type { Entry } from '../resources/entry.ts';
import { readAnew, readEntry } from '../resources/presented.ts';
import type { ServedResource } from '../resources/served.ts';
import { keyOf, noSuchObject } from '../resources/write-context.ts';
import { storageKey } from '../resources/storage-key.ts';
import type { ApiResponse } from '../response.ts';
import type { ResourceRequest, Services } from './context.ts';
import { checkListOptions, listNumbers } from './options.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { selected } from './selected.ts';
import { type Selection, parseSelectors, selectionOf } from './selection.ts';

/** How long a read waits for a resourceVersion that is not here yet (apiserver cacher: blockTimeout). */
const futureRevisionWaitMs = 3_000;
/** Objects of a past state that are read at once. */
const readAtOnceMax = 1_000;

export function getObject(services: Services, call: ResourceRequest): ApiResponse | Promise<ApiResponse> {
  if (call.request.query.has('export')) checkExport(call.request.query.get('export'));
  const asked = parseRevision(call.request.query.get('resourceVersion'));
  // As upstream: who takes what a cache has is answered from it.
  const read = asked === undefined ? readAnew : readEntry;
  if (asked === undefined || asked <= services.cache.revision) return readObject(call, read);
  return waitForRevision(services, asked, call.served).then(() => readObject(call, read));
}

function checkExport(value: string | null): void {
  if (!isTrue(value)) return;
  throw statusError.badRequest('the export parameter, deprecated since v1.14, is no longer supported');
}

function readObject(call: ResourceRequest, read: typeof readEntry): ApiResponse | Promise<ApiResponse> {
  const entry = read(call.served, keyOf({ namespace: scopeOf(call) }, call.info.name));
  return entry instanceof Promise
    ? entry.then(found => entryResponse(call, found))
    : entryResponse(call, entry);
}

function entryResponse({ served, info }: ResourceRequest, entry: Entry | undefined): ApiResponse {
  if (!entry) throw noSuchObject(served, info.name);
  return { type: 'entry', status: 200, served, entry };
}

/** The namespace that a request is limited to; '' for none. */
export function scopeOf(call: ResourceRequest): string {
  return call.served.definition.namespaced ? call.info.namespace : '';
}

export function keyPrefix(namespace: string): string {
  return namespace === '' ? '' : `${namespace}/`;
}

const badListRevision = (why: string) => statusError.badRequest(`invalid resource version: ${why}`);

/** Undefined where the client did not say. `refuse`: upstream looks at a list's, but leaves others' to its cache. */
export function parseRevision(
  text: string | null,
  refuse: (why: string) => StatusError = statusError.unclassified,
): number | undefined {
  if (text === null || text === '') return undefined;
  const revision = Number(text);
  const isNumber = /^\d+$/.test(text);
  if (isNumber && Number.isSafeInteger(revision)) return revision;
  const quoted = JSON.stringify(text);
  const why = isNumber ? 'value out of range' : 'invalid syntax';
  throw refuse(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`);
}

export async function waitForRevision(
  services: Services,
  revision: number | undefined,
  served: ServedResource,
): Promise<void> {
  if (!revision) return;
  const { cacheMetrics, clock } = services;
  const sinceMs = clock.monotonicMs();
  try {
    if (revision > services.cache.revision) await waitForFuture(services, revision);
  } finally {
    cacheMetrics.waited(served, (clock.monotonicMs() - sinceMs) / 1000);
  }
}

async function waitForFuture(services: Services, revision: number): Promise<void> {
  const arrived = services.cache.waitFor(revision)?.then(() => true);
  const late = new AbortController();
  const gaveUp = sleep(services.clock, futureRevisionWaitMs, late.signal).then(
    () => false,
    () => true,
  );
  const here = await Promise.race([arrived, gaveUp]);
  late.abort();
  if (!here) throw tooLargeRevision(services, revision, 1);
}

function tooLargeRevision(services: Services, revision: number, retryAfterSeconds: number): StatusError {
  const message = `Too large resource version: ${revision}, current: ${services.cache.revision}`;
  return new StatusError({
    ...statusError.timeout(message, retryAfterSeconds).status,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
    },
  });
}

export interface ListRequest {
  readonly prefix: string;
  readonly selection: Selection;
  readonly limit: number;
  /** The key to start at. */
  readonly start: string;
  /** The state to read; undefined for now. */
  readonly revision: number | undefined;
  /** It is to be of now, not of then. */
  readonly isConsistent?: boolean;
}

export async function listObjects(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  return listed(services, call, await parseList(services, call));
}

/** What a request for a list comes to. */
export async function listed(
  services: Services,
  call: ResourceRequest,
  list: ListRequest,
): Promise<ApiResponse & { type: 'list' }> {
  const { served } = call;
  const current = services.cache.revision;
  // What the cache could still tell, another server of this cluster could not.
  if (list.revision !== undefined && list.revision < services.store.compactedRevision) {
    throw expired(call, list);
  }
  const fromCache = list.revision === undefined || list.revision >= served.cache.lastChange;
  const page = fromCache ? await pageOfCache(services, call, list) : await pageOfStore(services, call, list);
  const { tally } = served.cache;
  if (fromCache) {
    tally.cacheLists++;
    tally.cacheReturned += page.entries.length;
    // The cache is as new as the store, so that whoever wants the newest is answered from it without a wait.
    if (list.isConsistent) tally.consistentReads++;
  } else {
    tally.storeLists++;
    tally.storeReturned += page.entries.length;
  }
  const revision = list.revision ?? current;
  return { type: 'list', served, entries: page.entries, metadata: listMeta(list, page, revision) };
}

/** What of a list's options is judged before anything else of the request is looked at. */
export interface ListOptions {
  readonly limit: number;
  readonly selection: Selection;
}

/** Throws StatusError. */
export function readListOptions(call: ResourceRequest): ListOptions {
  const { query } = call.request;
  const { limit } = listNumbers(query);
  const selectors = parseSelectors(query);
  checkListOptions(query, false);
  return { limit, selection: selectionOf(selectors, call.served) };
}

/** Throws StatusError. */
export async function parseList(
  services: Services,
  call: ResourceRequest,
  { limit, selection }: ListOptions = readListOptions(call),
): Promise<ListRequest> {
  const { query } = call.request;
  const prefix = keyPrefix(scopeOf(call));
  const match = query.get('resourceVersionMatch');
  const token = query.get('continue');
  if (token) {
    const { revision, start } = decodeContinue(token, prefix);
    const beside = query.get('resourceVersion') ?? '';
    if (beside !== '' && beside !== '0') {
      throw statusError.badRequest('specifying resource version is not allowed when using continue');
    }
    if (revision > services.cache.revision) throw tooLargeRevision(services, revision, 0);
    return {
      prefix,
      selection,
      limit: pageSize(limit, beside === '0'),
      start,
      revision: revision < 0 ? undefined : revision,
    };
  }
  const asked = parseRevision(query.get('resourceVersion'), badListRevision);
  await waitForRevision(services, asked, call.served);
  const exact = match === 'Exact' || (limit > 0 && asked !== undefined && asked > 0 && !match);
  const revision = exact ? asked : undefined;
  const isConsistent = asked === undefined;
  return { prefix, selection, limit: pageSize(limit, asked === 0), start: prefix, revision, isConsistent };
}

/** Who takes any state gets all that is left of it, as from upstream's watch cache. 0: no limit. */
function pageSize(limit: number, takesAny: boolean): number {
  return takesAny ? 0 : limit;
}

interface Page {
  readonly entries: readonly Entry[];
  /** The key to go on at; undefined when this is the end. */
  readonly next: string | undefined;
  readonly remaining: number;
}

async function pageOfCache(
  services: Services,
  { served }: ResourceRequest,
  list: ListRequest,
): Promise<Page> {
  const { selection, prefix, start } = list;
  const limit = selection.all ? list.limit : 0;
  const candidates = served.cache.list(prefix, start, limit);
  served.cache.tally.cacheFetched += candidates.entries.length;
  const { entries, more } = await selected(services.slice, served, candidates.entries, list);
  const isLast = !more && candidates.remaining === 0;
  return { entries, next: isLast ? undefined : after(entries), remaining: candidates.remaining };
}

/** The smallest key above those of the page. */
function after(entries: readonly Entry[]): string {
  return `${entries[entries.length - 1]!.key}\0`;
}

/** A past state: only the store has it. */
async function pageOfStore(services: Services, call: ResourceRequest, list: ListRequest): Promise<Page> {
  try {
    return await readPage(services, call.served, list);
  } catch (error) {
    if (error instanceof CompactedError) throw expired(call, list);
    throw error;
  }
}

/** In pieces, and no more of it than the page has. What has not changed since is not decoded again. */
async function readPage(services: Services, served: ServedResource, list: ListRequest): Promise<Page> {
  const { prefix, selection, limit, revision } = list;
  const base = storageKey(served.bucket, '');
  const entryOf = ({ key, modRevision, value }: KeyValue): Entry => {
    const current = served.cache.get(key.slice(base.length));
    if (current?.revision === modRevision) return current;
    return services.cache.codec.entry(key.slice(base.length), modRevision, { value });
  };
  const entries: Entry[] = [];
  for (let key = base + list.start, all = 0; ; ) {
    // One more than there is room for tells whether the page is the last.
    const wanted = selection.all && limit > 0 ? limit + 1 - entries.length : readAtOnceMax;
    const request = { key, rangeEnd: prefixEnd(base + prefix), revision: revision! };
    const read = () => services.store.range({ ...request, limit: Math.min(wanted, readAtOnceMax) });
    const { kvs, count, more } = await services.storageMetrics.timed('list', served, read);
    served.cache.tally.storeFetched += kvs.length;
    all ||= count;
    const found = await selected(services.slice, served, kvs.map(entryOf), { selection, limit: 0 });
    entries.push(...found.entries);
    if (limit > 0 && entries.length > limit) {
      entries.length = limit;
      return { entries, next: after(entries), remaining: all - limit };
    }
    if (!more) return { entries, next: undefined, remaining: 0 };
    key = `${kvs[kvs.length - 1]!.key}\0`;
    await services.slice.breathe();
  }
}

/** The state of the first page is gone: the client may start again, or go on with what is there now. */
function expired(call: ResourceRequest, list: ListRequest): StatusError {
  if (!call.request.query.get('continue')) {
    return statusError.expired(`The resourceVersion for the provided list is too old.`);
  }
  const message =
    'The provided continue parameter is too old to display a consistent list result. ' +
    'You can start a new list without the continue parameter, or use the continue token in this response to ' +
    'retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - ' +
    'objects that were created, modified, or deleted between the time the first chunk was returned and now may ' +
    'show up in the list.';
  const { status } = statusError.expired(message);
  return new StatusError({ ...status, metadata: { continue: encodeContinue(-1, list.start, list.prefix) } });
}

function listMeta(list: ListRequest, page: Page, revision: number): ListMeta {
  if (page.next === undefined) return { resourceVersion: String(revision) };
  return {
    resourceVersion: String(revision),
    continue: encodeContinue(revision, page.next, list.prefix),
    ...(list.selection.all && page.remaining > 0 ? { remainingItemCount: page.remaining } : {}),
  };
}
