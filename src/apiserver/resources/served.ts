import type { ResourceDefinition, ServedVersion } from '#api/definition.ts';
import { assert } from '#base/assert.ts';
import { type KubeObject, apiVersionOf } from '#machinery/object.ts';
import type { Entry } from './entry.ts';
import type { ResourceCache } from './resource-cache.ts';
import type { StateCache } from './state-cache.ts';
import { bucketOf } from './storage-key.ts';

/** One version of a resource, as it is served now. */
export interface ServedResource {
  readonly definition: ResourceDefinition;
  readonly version: ServedVersion;
  /** The definition whose storage, shape and strategy it has: its own, unless `storedAs` names another. */
  readonly stored: ResourceDefinition;
  readonly bucket: string;
  readonly cache: ResourceCache;
  /** Group and plural, as errors name it. */
  readonly what: { readonly group: string; readonly resource: string };
  /** Of definitions with a conversion: stored entries as this version shows them. */
  readonly shown: WeakMap<Entry, Entry>;
}

export function storageVersionOf(definition: ResourceDefinition): ServedVersion {
  if (definition.storedIn) return definition.storedIn;
  const name = definition.storageVersion ?? definition.versions[0]!.version;
  return definition.versions.find(version => version.version === name) ?? definition.versions[0]!;
}

/** Turns an object of the served version into the stored one, in place. */
export function toStorage(served: ServedResource, object: KubeObject): void {
  const storage = storageVersionOf(served.stored);
  object.apiVersion = apiVersionOf({ group: served.stored.group, version: storage.version });
  object.kind = served.stored.kind;
  if (storage !== served.version) served.version.toStorage?.(object);
}

/**
 * The object as the served version shows it: itself, or a converted copy. Where the definition has a conversion, objects
 * come here converted already (see presented.ts).
 */
export function fromStorage(served: ServedResource, object: KubeObject): KubeObject {
  if (storageVersionOf(served.stored) === served.version) return object;
  const apiVersion = apiVersionOf({ group: served.definition.group, version: served.version.version });
  if (!served.version.fromStorage) return { ...object, apiVersion };
  const copy = structuredClone(object);
  copy.apiVersion = apiVersion;
  served.version.fromStorage(copy);
  return copy;
}

/** All resources that are served, by group, version and name. */
export class Catalog {
  readonly #cache: StateCache;
  readonly #byPath = new Map<string, ServedResource>();
  /** How many resources each group version has. */
  readonly #groupVersions = new Map<string, number>();
  readonly #byKind = new Map<string, ServedResource>();
  #definitions: ResourceDefinition[] = [];
  readonly #listeners = new Set<(touched: readonly ResourceDefinition[]) => void>();

  constructor(cache: StateCache, definitions: readonly ResourceDefinition[]) {
    this.#cache = cache;
    for (const definition of definitions) this.add(definition);
  }

  get definitions(): readonly ResourceDefinition[] {
    return this.#definitions;
  }

  /** A definition that is `storedAs` another comes after it. */
  add(definition: ResourceDefinition): void {
    this.replace([], [definition]);
  }

  remove(definition: ResourceDefinition): void {
    this.replace([definition], []);
  }

  /** Takes some definitions' place with others, in one change. */
  replace(old: readonly ResourceDefinition[], definitions: readonly ResourceDefinition[]): void {
    for (const definition of old) this.#remove(definition);
    for (const definition of definitions) this.#add(definition);
    const touched = [...old, ...definitions];
    for (const listener of this.#listeners) listener(touched);
  }

  #add(definition: ResourceDefinition): void {
    this.#definitions = [...this.#definitions, definition];
    const stored = this.#storedAs(definition);
    const bucket = bucketOf(stored);
    for (const version of definition.versions) {
      const served: ServedResource = {
        definition,
        version,
        stored,
        bucket,
        cache: this.#cache.bucket(bucket),
        what: { group: definition.group, resource: definition.resource },
        shown: new WeakMap(),
      };
      this.#count(definition.group, version.version, 1);
      this.#byPath.set(`${definition.group}/${version.version}/${definition.resource}`, served);
      this.#byKind.set(`${definition.group}/${version.version}/${definition.kind}`, served);
    }
  }

  #storedAs(definition: ResourceDefinition): ResourceDefinition {
    const { storedAs } = definition;
    if (!storedAs) return definition;
    const stored = this.#definitions.find(
      d => d.group === storedAs.group && d.resource === storedAs.resource,
    );
    assert(stored, `${definition.resource} is stored as ${storedAs.resource}, which is not served`);
    return stored;
  }

  #remove(definition: ResourceDefinition): void {
    this.#definitions = this.#definitions.filter(other => other !== definition);
    for (const version of definition.versions) {
      this.#count(definition.group, version.version, -1);
      this.#byPath.delete(`${definition.group}/${version.version}/${definition.resource}`);
      this.#byKind.delete(`${definition.group}/${version.version}/${definition.kind}`);
    }
  }

  #count(group: string, version: string, by: number): void {
    const key = `${group}/${version}`;
    const count = (this.#groupVersions.get(key) ?? 0) + by;
    if (count > 0) this.#groupVersions.set(key, count);
    else this.#groupVersions.delete(key);
  }

  /** Some resource is served in it. */
  serves({ group, version }: { readonly group: string; readonly version: string }): boolean {
    return this.#groupVersions.has(`${group}/${version}`);
  }

  find(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byPath.get(`${group}/${version}/${resource}`);
  }

  findKind(group: string, version: string, kind: string): ServedResource | undefined {
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  /** The preferred version of a resource, whatever its version. */
  findPreferred(group: string, resource: string): ServedResource | undefined {
    const definition = this.#definitions.find(d => d.group === group && d.resource === resource);
    return definition && this.find(group, definition.versions[0]!.version, resource);
  }

  /** Told of the definitions that went and that came. */
  onChange(listener: (touched: readonly ResourceDefinition[]) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
