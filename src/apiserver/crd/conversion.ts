import type { Conversion } from '#api/definition.ts';
import { assert } from '#base/assert.ts';
import { sortMembers } from '#machinery/member-order.ts';
import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { CustomVersion } from './custom-version.ts';

/** Turns objects into another version of their kind. Rejects with StatusError. */
export type ConvertObjects = (
  objects: readonly KubeObject[],
  apiVersion: string,
) => Promise<readonly KubeObject[]>;

/**
 * The versions of one custom resource, and the ways between them. Stored objects are read by the schema of the version
 * that they were stored in, and then converted: by name alone, or by a webhook. To Go they are maps, so their members are sorted.
 */
export class Versions {
  readonly #byApiVersion: ReadonlyMap<string, CustomVersion>;
  readonly #storage: CustomVersion;
  readonly #convert: ConvertObjects | undefined;

  /** `convert` absent: versions differ in their name alone. */
  constructor(versions: readonly CustomVersion[], convert?: ConvertObjects) {
    const storage = versions.find(version => version.spec.storage);
    assert(storage, 'a custom resource has a storage version');
    this.#byApiVersion = new Map(versions.map(version => [version.apiVersion, version]));
    this.#storage = storage;
    this.#convert = convert;
  }

  conversionTo(version: CustomVersion): Conversion {
    return {
      show: objects =>
        this.#to(
          version,
          objects.map(object => this.#versionOf(object).coerce(object, true)),
        ),
      asksFor: ({ apiVersion }) => this.#convert !== undefined && apiVersion !== version.apiVersion,
      store: object => firstOf(this.#to(this.#storage, [object])),
      convert: object => firstOf(this.#converted(version, [object])),
    };
  }

  #converted(
    { apiVersion }: CustomVersion,
    objects: readonly KubeObject[],
  ): readonly KubeObject[] | Promise<readonly KubeObject[]> {
    return this.#convert?.(objects, apiVersion) ?? objects.map(object => ({ ...object, apiVersion }));
  }

  #versionOf({ apiVersion }: KubeObject): CustomVersion {
    const version = this.#byApiVersion.get(apiVersion);
    if (version) return version;
    const { group, version: name } = parseApiVersion(apiVersion);
    throw statusError.unclassified(`request to convert CR from an invalid group/version: ${group}/${name}`);
  }

  #to(
    version: CustomVersion,
    objects: readonly KubeObject[],
  ): readonly KubeObject[] | Promise<readonly KubeObject[]> {
    const { apiVersion } = version;
    const others = objects.filter(object => object.apiVersion !== apiVersion);
    if (others.length === 0) return objects.map(sortMembers);
    const merge = (converted: readonly KubeObject[]) => {
      const next = converted.values();
      return objects.map(object =>
        sortMembers(object.apiVersion === apiVersion ? object : version.coerce(next.next().value!, false)),
      );
    };
    const converted = this.#converted(version, others);
    return converted instanceof Promise ? converted.then(merge) : merge(converted);
  }
}

function firstOf(
  objects: readonly KubeObject[] | Promise<readonly KubeObject[]>,
): KubeObject | Promise<KubeObject> {
  return objects instanceof Promise ? objects.then(([only]) => only!) : objects[0]!;
}
