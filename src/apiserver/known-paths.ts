import type { RequestPlace } from '#client/transport.ts';
import { type Place, type RequestInfo, type Target, parseRequest, placeOf, resourceInfo } from './request.ts';

/** Clients can ask for as many as they like: when there are more, all is forgotten. */
const collectionsMax = 4096;
/** Longer ones lead nowhere. */
const pathLengthMax = 1024;
/** Of one collection: subresources that a client made up are not remembered for ever. */
const targetsMax = 64;
const nothing: readonly string[] = [];
/** What follows means something else than an object's name: a namespace is in itself, and /watch/ is no resource. */
const unlearned = new Set(['', 'namespaces', 'watch']);

/** The objects of one resource, in one namespace or of the cluster. */
class Collection {
  readonly place: Place;
  readonly #targets: Target[] = [];

  constructor(place: Place) {
    this.place = place;
  }

  readonly targetOf = (verb: string, subresource: string, isNamed: boolean): Target | undefined => {
    for (const target of this.#targets) {
      if (target.verb === verb && target.subresource === subresource && target.isNamed === isNamed) {
        return target;
      }
    }
    if (this.#targets.length >= targetsMax) return undefined;
    const target = { verb, subresource, isNamed };
    this.#targets.push(target);
    return target;
  };
}

/**
 * Understands requests as `parseRequest` does, and remembers what the paths of collections mean: the path of an object is
 * that of its collection, and then its name.
 */
export class KnownPaths {
  readonly #collections = new Map<string, Collection>();

  parse(method: string, path: string, query: URLSearchParams, place?: RequestPlace): RequestInfo {
    const here = place && this.#collections.get(place.collection);
    if (here) return infoIn(here, place.name, place.subresource, method, path, query);
    if (path.length > pathLengthMax || path.includes('%')) return parseRequest(method, path, query);
    const last = path.lastIndexOf('/');
    const ofObject = this.#collections.get(path.slice(0, last));
    if (ofObject) return infoIn(ofObject, path.slice(last + 1), '', method, path, query);
    const ofAll = this.#collections.get(path);
    if (ofAll) return infoIn(ofAll, '', '', method, path, query);
    const before = path.lastIndexOf('/', last - 1);
    const ofPart = this.#collections.get(path.slice(0, before));
    const name = path.slice(before + 1, last);
    if (ofPart && name !== '') return infoIn(ofPart, name, path.slice(last + 1), method, path, query);
    this.#learn(path);
    return parseRequest(method, path, query);
  }

  #learn(path: string): void {
    const place = placeOf(path);
    if (!place || place.isWatched || unlearned.has(place.resource)) return;
    const { group, version, namespace, resource } = place;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const collection =
      namespace === '' ? `${root}/${resource}` : `${root}/namespaces/${namespace}/${resource}`;
    if (path !== collection && !path.startsWith(`${collection}/`)) return;
    if (this.#collections.size >= collectionsMax) this.#collections.clear();
    this.#collections.set(collection, new Collection(place));
  }
}

function infoIn(
  { place, targetOf }: Collection,
  name: string,
  subresource: string,
  method: string,
  path: string,
  query: URLSearchParams,
): RequestInfo {
  if (name === '' && path.endsWith('/')) return parseRequest(method, path, query);
  const { group, version, namespace, resource } = place;
  const here = { group, version, namespace, resource, name, subresource, rest: nothing, isWatched: false };
  return resourceInfo(method, path, query, here, targetOf);
}
