import { normalizeNative } from '#machinery/normalize.ts';
import { type KubeObject, apiVersionOf, deepFreeze, parseApiVersion } from '#machinery/object.ts';
import type { Tracking } from '#machinery/managed/updater.ts';
import type { Versioned, Versions } from '#machinery/managed/versions.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import { statusError } from '#machinery/status.ts';
import { type ServedResource, fromStorage, storageVersionOf, toStorage } from '../resources/served.ts';
import type { WriteServices } from '../resources/write-context.ts';
import { fieldFilterOf, filterOfOtherVersions } from './reset-fields.ts';

/** A kind in one version, with all that following its fields' managers takes. */
export interface TrackedKind extends Tracking {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: ObjectSchema;
  readonly subresource: string;
  /** A stored object in this version's shape. */
  shown(stored: KubeObject): KubeObject | Promise<KubeObject>;
}

/** What is served as it is lives as long as its server, and so does how its fields are followed. */
const kinds = new WeakMap<ServedResource, Map<string, TrackedKind>>();

export function trackedKind(
  services: WriteServices,
  served: ServedResource,
  subresource: string,
): TrackedKind {
  let known = kinds.get(served);
  if (!known) {
    known = new Map();
    kinds.set(served, known);
  }
  const schema = schemaOf(services, served);
  let kind = known.get(subresource);
  if (kind?.schema !== schema) {
    kind = makeTrackedKind(services, served, subresource, schema);
    known.set(subresource, kind);
  }
  return kind;
}

function makeTrackedKind(
  services: WriteServices,
  served: ServedResource,
  subresource: string,
  schema: ObjectSchema,
): TrackedKind {
  return {
    apiVersion: apiVersionOfServed(served),
    kind: served.definition.kind,
    schema,
    subresource,
    filter: fieldFilterOf(served, subresource),
    filterOfOthers: filterOfOtherVersions(served, subresource),
    versions: new ServedVersions(services, served),
    shown: stored => showAs(served, stored),
  };
}

export function apiVersionOfServed({ definition, version }: ServedResource): string {
  return apiVersionOf({ group: definition.group, version: version.version });
}

function schemaOf(services: WriteServices, served: ServedResource): ObjectSchema {
  const schema = services.schemas.schemaOf(served.version.schema);
  if (!schema) throw statusError.internal(`no schema of ${served.version.schema}`);
  return schema;
}

function showAs(served: ServedResource, stored: KubeObject): KubeObject | Promise<KubeObject> {
  return storageVersionOf(served.stored) === served.version ? stored : fromStorage(served, stored);
}

/** The versions that a kind is served in, whatever groups they are in. */
class ServedVersions implements Versions {
  readonly #services: WriteServices;
  readonly #served: ServedResource;

  constructor(services: WriteServices, served: ServedResource) {
    this.#services = services;
    this.#served = served;
  }

  #find(apiVersion: string): ServedResource | undefined {
    if (apiVersion === apiVersionOfServed(this.#served)) return this.#served;
    const { group, version } = parseApiVersion(apiVersion);
    const found = this.#services.catalog.findKind(group, version, this.#served.definition.kind);
    return found?.bucket === this.#served.bucket ? found : undefined;
  }

  schemaOf(apiVersion: string): ObjectSchema | undefined {
    const served = this.#find(apiVersion);
    return served && schemaOf(this.#services, served);
  }

  async convert(object: Versioned, apiVersion: string): Promise<Versioned | undefined> {
    if (object.apiVersion === apiVersion) return object;
    const from = this.#find(object.apiVersion);
    const to = this.#find(apiVersion);
    if (!from || !to) return undefined;
    const schema = schemaOf(this.#services, to);
    const value = await converted(object, from, to);
    // Upstream converts structs, which have a value for every field.
    return { apiVersion, schema, value: schema.native ? normalizeNative(value, schema) : value };
  }
}

async function converted(
  { value }: Versioned,
  from: ServedResource,
  to: ServedResource,
): Promise<KubeObject> {
  const object = structuredClone(value) as KubeObject;
  const { conversion } = to.definition;
  if (conversion) return conversion.convert(object);
  await toStorage(from, object);
  return showAs(to, object);
}

const empties = new WeakMap<ObjectSchema, unknown>();

/** What upstream has before an object is: a Go struct's zero value, or nothing but the kind of a custom resource. */
export function emptyOf({ schema, apiVersion, kind }: TrackedKind): Versioned {
  let value = empties.get(schema);
  if (value === undefined) {
    value = deepFreeze(schema.native ? normalizeNative({}, schema) : { apiVersion, kind });
    empties.set(schema, value);
  }
  return { apiVersion, schema, value, isZero: true };
}
