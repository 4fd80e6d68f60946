/**
 * A value beside what it was before, as far as the schema says which old value is the same thing (KEP-4008): fields by
 * name, elements of keyed lists by their keys, elements of other lists not at all.
 */
import { deepEqual } from '#base/equal.ts';
import { isJsonObject } from './json-values.ts';
import type { StructuralSchema } from './structural.ts';

/** The key of a keyed list's element; undefined where a part is missing or no scalar. */
function elementKey(keys: readonly string[], element: unknown): string | undefined {
  if (!isJsonObject(element)) return undefined;
  const parts = keys.map(key => element[key]);
  return parts.every(part => part !== null && ['string', 'number', 'boolean'].includes(typeof part))
    ? JSON.stringify(parts)
    : undefined;
}

/** Finds the old element with an element's keys. */
export type OldElements = (element: unknown) => unknown;

export function oldElements(schema: StructuralSchema, old: unknown): OldElements {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys.length === 0 || !Array.isArray(old))
    return () => undefined;
  const byKey = new Map<string, unknown>();
  for (const element of old) {
    const key = elementKey(keys, element);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, element);
  }
  return element => {
    const key = elementKey(keys, element);
    return key === undefined ? undefined : byKey.get(key);
  };
}

export class Correlated {
  readonly #value: unknown;
  readonly #old: unknown;
  readonly #schema: StructuralSchema;
  readonly #children = new Map<string | number, Correlated | undefined>();
  #unchanged: boolean | undefined;
  #oldElements: OldElements | undefined;

  constructor(value: unknown, old: unknown, schema: StructuralSchema) {
    this.#value = value;
    this.#old = old;
    this.#schema = schema;
  }

  /** Whether it is what it was. */
  get unchanged(): boolean {
    this.#unchanged ??= this.#compare();
    return this.#unchanged;
  }

  #compare(): boolean {
    const [value, old] = [this.#value ?? null, this.#old ?? null];
    if (value === null || old === null) return value === old;
    if (Array.isArray(value)) return Array.isArray(old) && this.#compareLists(value, old);
    if (isJsonObject(value)) {
      const names = Object.keys(value);
      if (!isJsonObject(old) || names.length !== Object.keys(old).length) return false;
      return names.every(name => this.key(name)?.unchanged ?? false);
    }
    return value === old;
  }

  #compareLists(value: readonly unknown[], old: readonly unknown[]): boolean {
    if (value.length !== old.length) return false;
    if (this.#schema['x-kubernetes-list-type'] !== 'map') return deepEqual(value, old);
    return value.every((_, i) => this.index(i)?.unchanged ?? false);
  }

  /** The value of a field or key; undefined where it was not there or the schema does not know it. */
  key(name: string): Correlated | undefined {
    return this.#child(name, () => {
      if (!isJsonObject(this.#value) || !isJsonObject(this.#old)) return undefined;
      if (!Object.hasOwn(this.#value, name) || !Object.hasOwn(this.#old, name)) return undefined;
      const schema = propertySchema(this.#schema, name);
      return schema && new Correlated(this.#value[name], this.#old[name], schema);
    });
  }

  index(i: number): Correlated | undefined {
    return this.#child(i, () => {
      if (!Array.isArray(this.#value)) return undefined;
      this.#oldElements ??= oldElements(this.#schema, this.#old);
      const old = this.#oldElements(this.#value[i]);
      const { items } = this.#schema;
      return old === undefined || !items ? undefined : new Correlated(this.#value[i], old, items);
    });
  }

  #child(at: string | number, make: () => Correlated | undefined): Correlated | undefined {
    if (!this.#children.has(at)) this.#children.set(at, make());
    return this.#children.get(at);
  }
}

function propertySchema(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** Where a walk over a value stands: what it correlates with, or the nearest above it that correlates. */
export interface Standing {
  readonly current?: Correlated | undefined;
  readonly above?: Correlated | undefined;
}

/** A rule that fails on what has not changed is let be. */
export function isUnchanged({ current, above }: Standing): boolean {
  return (current ?? above)?.unchanged ?? false;
}

export function standingAtKey(at: Standing, name: string): Standing {
  if (!at.current) return at;
  // The root's version and kind are converted away: what they were cannot be seen.
  if (!at.above && (name === 'apiVersion' || name === 'kind')) return {};
  return { current: at.current.key(name), above: at.current };
}

export function standingAtIndex(at: Standing, i: number): Standing {
  return at.current ? { current: at.current.index(i), above: at.current } : at;
}
