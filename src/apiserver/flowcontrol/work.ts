import { isTrue } from '#machinery/query.ts';
import type { RequestInfo } from '../request.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import type { Work } from './seat.ts';

const objectsPerSeat = 100;
const watchesPerSeat = 10;
const seatsMax = 10;
const eventMs = 5;
/** A request takes no more than this part of its level. */
const levelFraction = 0.15;

const one: Work = { seats: 1 };
const writes = new Set(['create', 'update', 'patch', 'delete']);

/** What a request is about, as far as its cost goes. `cache` is absent for what this server does not hold. */
export interface WorkSubject {
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly cache: ResourceCache | undefined;
  readonly nominalSeats: number;
  /** Is told how many watch what is to be changed. */
  readonly meter: { watched(watchers: number): void };
}

/** How wide a request is (KEP-1040: lists by their objects, writes by their watchers). */
export function workOf({ info, query, cache, nominalSeats, meter }: WorkSubject): Work {
  if (!cache) return one;
  const most = Math.min(seatsMax, Math.max(1, Math.floor(nominalSeats * levelFraction)));
  if (info.verb === 'list') return listWork(info, query, cache, most);
  if (info.verb === 'watch') return sendsState(query) ? listWork(info, query, cache, most) : one;
  if (!writes.has(info.verb)) return one;
  meter.watched(cache.watcherCount);
  return writeWork(info, cache, most);
}

function listWork(info: RequestInfo, query: URLSearchParams, cache: ResourceCache, most: number): Work {
  if (info.name !== '') return one;
  const limit = Number(query.get('limit')) || cache.size;
  const seats = Math.ceil(Math.min(limit, cache.size) / objectsPerSeat);
  return seats <= 1 ? one : { seats: Math.min(seats, most) };
}

function sendsState(query: URLSearchParams): boolean {
  const revision = query.get('resourceVersion');
  return isTrue(query.get('sendInitialEvents')) || revision === null || revision === '' || revision === '0';
}

function writeWork({ resource, subresource }: RequestInfo, cache: ResourceCache, most: number): Work {
  const isToken = resource === 'serviceaccounts' && subresource === 'token';
  if (isToken || cache.watcherCount < watchesPerSeat) return one;
  const seats = Math.ceil(cache.watcherCount / watchesPerSeat);
  const finalSeats = Math.min(seats, most);
  return { seats: 1, finalSeats, finalMs: (seats * eventMs) / finalSeats };
}
