import { deepEqual } from '#base/equal.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';

/**
 * The part of the stored object that a part of the new one takes the place of (KEP-4008): fields by name, items of
 * lists by their keys. Items of other lists have none.
 */
export class Correlation {
  readonly value: unknown;
  readonly #schema: JSONSchemaProps;
  #byKeys: Map<string, unknown> | undefined;

  constructor(value: unknown, schema: JSONSchemaProps) {
    this.value = value;
    this.#schema = schema;
  }

  field(name: string): Correlation | undefined {
    if (!isRecord(this.value) || !Object.hasOwn(this.value, name)) return undefined;
    const { properties, additionalProperties } = this.#schema;
    const schema =
      properties && Object.hasOwn(properties, name)
        ? properties[name]
        : typeof additionalProperties === 'object'
          ? (additionalProperties as JSONSchemaProps)
          : undefined;
    return schema && new Correlation(this.value[name], schema);
  }

  /** By the new item, whose keys tell which old one it is. */
  item(value: unknown): Correlation | undefined {
    const { items } = this.#schema;
    if (!this.#isMapList || !Array.isArray(this.value) || !items || Array.isArray(items)) return undefined;
    this.#byKeys ??= new Map(this.value.map(old => [this.#keyOf(old), old]));
    const old = isRecord(value) ? this.#byKeys.get(this.#keyOf(value)) : undefined;
    return old === undefined ? undefined : new Correlation(old, items);
  }

  /** Whether the new part says the same; the order of lists with keys does not count. */
  isUnchanged(value: unknown): boolean {
    if (Array.isArray(value)) return this.#isSameList(value);
    if (!isRecord(value)) return value === this.value;
    if (!isRecord(this.value)) return false;
    const names = Object.keys(value);
    return (
      names.length === Object.keys(this.value).length &&
      names.every(name => this.field(name)?.isUnchanged(value[name]) ?? false)
    );
  }

  #isSameList(value: readonly unknown[]): boolean {
    if (!Array.isArray(this.value) || this.value.length !== value.length) return false;
    if (!this.#isMapList) return deepEqual(value, this.value);
    return value.every(item => this.item(item)?.isUnchanged(item) ?? false);
  }

  get #isMapList(): boolean {
    return this.#schema['x-kubernetes-list-type'] === 'map';
  }

  #keyOf(item: unknown): string {
    const keys = this.#schema['x-kubernetes-list-map-keys'] ?? [];
    return JSON.stringify(keys.map(key => (isRecord(item) ? (item[key] ?? null) : null)));
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
