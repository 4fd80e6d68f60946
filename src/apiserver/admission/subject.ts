import { assert } from '#base/assert.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import { cloneJson, deepEqual } from '#base/equal.ts';
import { applyDefaults } from '#machinery/defaults.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { fieldError } from '#machinery/field.ts';
import { type FieldValidation, decodeChecked, strictErrorText } from '#machinery/json-decode.ts';
import { sortMembers } from '#machinery/member-order.ts';
import { type KubeObject, apiVersionOf, parseApiVersion } from '#machinery/object.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import { statusError } from '#machinery/status.ts';
import { type Expected, mismatch } from '../decode-refusal.ts';
import { inVersion } from '../resources/presented.ts';
import { type Catalog, type ServedResource, fromStorage, toStorage } from '../resources/served.ts';
import type { AdmissionRequest, GroupVersionKind } from './request.ts';

/** A resource under one of the versions that serve it, as a rule may name it. */
export interface Target {
  readonly served: ServedResource;
  /** Of the objects that are sent under this version. */
  readonly kind: GroupVersionKind;
}

export interface Versioned {
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

/** The namespace of a request; a Namespace's own is itself. */
export function namespaceOf({ served, namespace, name }: AdmissionRequest): string {
  return served.bucket === 'core/namespaces' ? name : namespace;
}

/** A request under every version that could stand for it: what webhooks and policies match and see. */
export class Subject {
  readonly request: AdmissionRequest;
  readonly #catalog: Catalog;
  readonly #schemas: SchemaRegistry;
  readonly #versioned = new Map<ServedResource, Versioned>();
  #equivalents: readonly Target[] | undefined;

  constructor(request: AdmissionRequest, catalog: Catalog, schemas: SchemaRegistry) {
    this.request = request;
    this.#catalog = catalog;
    this.#schemas = schemas;
  }

  /** As the client asked for it. */
  get own(): Target {
    const { served, kind } = this.request;
    return { served, kind: kind ?? kindOf(served) };
  }

  /** The same objects under other versions and groups, for matchPolicy Equivalent. */
  get equivalents(): readonly Target[] {
    this.#equivalents ??= this.#findEquivalents();
    return this.#equivalents;
  }

  #findEquivalents(): Target[] {
    const { served, subresource, kind } = this.request;
    return this.#catalog.definitions
      .flatMap(({ group, resource, versions }) =>
        versions.map(({ version }) => this.#catalog.find(group, version, resource)!),
      )
      .filter(other => other.bucket === served.bucket && other !== served && serves(other, subresource))
      .map(other => ({
        served: other,
        kind: kind ? subresourceKind(other, subresource, kind) : kindOf(other),
      }));
  }

  /** What is sent where `target` matched. Not to be changed. */
  async versioned({ served }: Target): Promise<Versioned> {
    const known = this.#versioned.get(served);
    if (known) return known;
    const { object, old, kind } = this.request;
    const shown = async (value: KubeObject | undefined) =>
      value && (kind ? value : shownAs(served, fromStorage(served, await inVersion(served, value))));
    const made = { object: await shown(object), old: await shown(old) };
    this.#versioned.set(served, made);
    return made;
  }

  /** The schema of what is sent where `target` matched. */
  schemaOf({ served, kind }: Target): ObjectSchema {
    const schema = this.request.kind
      ? this.#schemas.schemaOfKind(kind.group, kind.version, kind.kind)
      : this.#schemas.schemaOf(served.version.schema);
    assert(schema, `no schema of ${kind.kind}`);
    return schema;
  }

  /**
   * Takes over a new state of the object, sent or patched as `target`: decoded and defaulted as if a client had sent
   * it. True where it differs from the state before. Throws DecodeError, with 'Strict' also for fields that a built-in type has
   * not.
   */
  async replace(target: Target, value: unknown, validation: FieldValidation = 'Ignore'): Promise<boolean> {
    const { object, kind } = this.request;
    assert(object, 'only what is written can be changed');
    const schema = this.schemaOf(target);
    const before = (await this.versioned(target)).object!;
    const why =
      schema.native && mismatch({ schemas: this.#schemas }, value as KubeObject, expectedAs(target));
    if (why) throw new DecodeError(why);
    if (!schema.native) checkTypeMeta(value as KubeObject, target, this.request.name);
    const decoded = decodeChecked<KubeObject>(value, schema, schema.native ? validation : 'Ignore');
    if (decoded.strictErrors.length > 0) throw new DecodeError(strictErrorText(decoded.strictErrors));
    const { apiVersion: _v, kind: _k, ...rest } = decoded.object;
    const next = { kind: before.kind, apiVersion: before.apiVersion, ...rest } as KubeObject;
    const changed = !deepEqual(next, before);
    applyDefaults(next, schema);
    if (!kind) {
      toStorage(target.served, next);
      target.served.stored.strategy.setDefaults?.(next);
    }
    overwrite(object, kind ? next : await inVersion(this.request.served, next));
    this.#versioned.clear();
    return changed;
  }
}

/** Versions of a custom resource have subresources of their own. */
function serves({ definition }: ServedResource, subresource: string): boolean {
  if (subresource === '') return true;
  const { statusSubresource, scale, extraSubresources = [] } = definition;
  if (subresource === 'status') return Boolean(statusSubresource);
  return (
    (subresource === 'scale' && scale !== undefined) ||
    extraSubresources.some(({ name }) => name === subresource)
  );
}

function kindOf(served: ServedResource): GroupVersionKind {
  return {
    group: served.definition.group,
    version: served.version.version,
    kind: served.definition.kind,
  };
}

/** What is custom says itself what it is, and cannot become anything else. */
function checkTypeMeta(value: Partial<KubeObject>, { kind: own }: Target, name: string): void {
  const { apiVersion = '', kind } = value;
  if (!kind) throw new DecodeError(`Object 'Kind' is missing in '${JSON.stringify(value)}'`);
  const expected = apiVersionOf(own);
  if (apiVersion !== expected) {
    const { group, version } = parseApiVersion(apiVersion);
    throw statusError.unclassified(
      `${group}/${version}, Kind=${kind} is unstructured and is not suitable for converting to ${JSON.stringify(expected)}`,
    );
  }
  if (kind === own.kind) return;
  const error = fieldError.invalid('kind', kind, `must be ${own.kind}`);
  throw statusError.invalid({ group: own.group, kind }, value.metadata?.name ?? name, [error]);
}

function expectedAs({ kind }: Target): Expected {
  return { ...kind, apiVersion: apiVersionOf(kind) };
}

function subresourceKind(served: ServedResource, name: string, own: GroupVersionKind): GroupVersionKind {
  const extra = served.definition.extraSubresources?.find(candidate => candidate.name === name);
  if (!extra) return own;
  return {
    group: extra.group ?? served.definition.group,
    version: extra.version ?? served.version.version,
    kind: extra.kind,
  };
}

function shownAs(served: ServedResource, object: KubeObject): KubeObject {
  const { group, version, kind } = kindOf(served);
  const apiVersion = apiVersionOf({ group, version });
  const isNamed = object.apiVersion === apiVersion && object.kind === kind;
  const named = isNamed ? object : { ...object, apiVersion, kind };
  return served.definition.conversion ? sortMembers(named) : named;
}

function overwrite(target: KubeObject, source: KubeObject): void {
  const record = target as unknown as Record<string, unknown>;
  for (const key of Object.keys(record)) if (!(key in source)) delete record[key];
  Object.assign(record, cloneJson(source));
}
