/** Types, and a life of an object under several managers, for tests. */
import { deepFreeze } from '../object.ts';
import type { FieldSet } from '../fields/field-set.ts';
import type { FieldSchema, ListSchema, ListType, MapSchema, ObjectSchema, Schema } from '../schema.ts';
import { type Manager, managerKey } from './managers.ts';
import { type Tracking, applyConfiguration, trackUpdate } from './updater.ts';
import type { Versions } from './versions.ts';
import { validateTyped } from './validate.ts';

export const string: Schema = { type: 'string' };
export const number: Schema = { type: 'number' };

export function struct(
  fields: Readonly<Record<string, Schema | Omit<FieldSchema, 'name'>>>,
  extra: Partial<ObjectSchema> = {},
): ObjectSchema {
  const entries = Object.entries(fields).map(([name, field]): [string, FieldSchema] => [
    name,
    'schema' in field ? { name, ...field } : { name, schema: field },
  ]);
  return { type: 'object', name: 'test', fields: new Map(entries), ...extra };
}

export const list = (items: Schema, listType: ListType, ...listMapKeys: string[]): ListSchema => ({
  type: 'list',
  items,
  listType,
  ...(listMapKeys.length > 0 ? { listMapKeys } : {}),
});

export const map = (values: Schema, mapType: 'atomic' | 'granular' = 'granular'): MapSchema => ({
  type: 'map',
  values,
  mapType,
});

/** A life of one object; `v1` is its version where a step names none. */
export class Life {
  value: unknown = {};
  managers = new Map<string, Manager>();
  schemas: Readonly<Record<string, Schema>>;
  readonly #rename: (value: unknown, from: string, to: string) => unknown;
  readonly #filter: (set: FieldSet) => FieldSet;
  #version = 'v1';

  constructor(
    schemas: Schema | Readonly<Record<string, Schema>>,
    {
      rename = (value: unknown) => value,
      filter = (set: FieldSet) => set,
    }: { rename?: Life['convert']; filter?: (set: FieldSet) => FieldSet } = {},
  ) {
    this.schemas = 'type' in schemas ? { v1: schemas as Schema } : (schemas as Record<string, Schema>);
    this.#rename = rename;
    this.#filter = filter;
  }

  convert(value: unknown, from: string, to: string): unknown {
    return from === to ? value : this.#rename(value, from, to);
  }

  get #tracking(): Tracking {
    const schemaOf = (apiVersion: string) => this.schemas[apiVersion];
    const versions: Versions = {
      schemaOf,
      convert: async (object, apiVersion) => {
        const schema = schemaOf(apiVersion);
        const value = this.convert(object.value, object.apiVersion, apiVersion);
        return schema && { apiVersion, schema, value };
      },
    };
    return { versions, filter: this.#filter };
  }

  #live(apiVersion: string) {
    this.value = deepFreeze(this.convert(this.value, this.#version, apiVersion));
    this.#version = apiVersion;
    return { apiVersion, schema: this.schemas[apiVersion]!, value: this.value };
  }

  async update(name: string, value: unknown, apiVersion = this.#version): Promise<this> {
    const live = this.#live(apiVersion);
    const author = { name, operation: 'Update', apiVersion, subresource: '' } as const;
    this.managers = await trackUpdate(this.#tracking, live, { ...live, value }, this.managers, author);
    this.value = value;
    return this;
  }

  async apply(name: string, config: unknown, apiVersion = this.#version, force = false): Promise<this> {
    const live = this.#live(apiVersion);
    const author = { name, operation: 'Apply', apiVersion, subresource: '' } as const;
    validateTyped(live.schema, config);
    const done = await applyConfiguration(this.#tracking, live, config, this.managers, author, force);
    this.managers = done.managers;
    if (done.value !== undefined) this.value = done.value;
    return this;
  }

  /** What a manager has; undefined where it is none. */
  setOf(name: string): FieldSet | undefined {
    return [...this.managers.values()].find(manager => manager.name === name)?.set;
  }

  versionOf(name: string, operation: Manager['operation'] = 'Apply'): string | undefined {
    return this.managers.get(managerKey({ name, operation, apiVersion: this.#version, subresource: '' }))
      ?.apiVersion;
  }
}
