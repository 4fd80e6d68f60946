import { effectiveNamespace, type Gvk, notANamespace, type ResourceId, splitApiVersion } from './identity.ts';
import { isMap, type JsonMap, mapIn, textOf, textsIn } from './json.ts';

export type Behavior = 'create' | 'merge' | 'replace' | 'unspecified';

interface FormerId {
  readonly name: string;
  readonly namespace: string;
  readonly kind: string;
}

/** An object on its way through a build, with what it was called before. */
export class Resource {
  /** Changed in place by whoever transforms it. */
  object: JsonMap;
  /** From the first name on. */
  readonly #former: FormerId[] = [];
  readonly prefixes: string[] = [];
  readonly suffixes: string[] = [];
  behavior: Behavior = 'unspecified';
  needsHash = false;
  /** Variables that read their value here. */
  readonly variables: string[] = [];

  constructor(object: JsonMap) {
    this.object = object;
  }

  get gvk(): Gvk {
    return { ...splitApiVersion(textOf(this.object.apiVersion)), kind: this.kind };
  }

  get kind(): string {
    return textOf(this.object.kind);
  }

  set kind(kind: string) {
    this.object.kind = kind;
  }

  get name(): string {
    return textOf(this.metadata.name);
  }

  set name(name: string) {
    this.#set('name', name);
  }

  get namespace(): string {
    return textOf(this.metadata.namespace);
  }

  /** '' takes it away. */
  set namespace(namespace: string) {
    this.#set('namespace', namespace);
  }

  get metadata(): JsonMap {
    return mapIn(this.object, 'metadata');
  }

  get labels(): Record<string, string> {
    return textsIn(this.metadata, 'labels');
  }

  get annotations(): Record<string, string> {
    return textsIn(this.metadata, 'annotations');
  }

  /** No entries take the field away. */
  setTexts(field: 'labels' | 'annotations', texts: Record<string, string>): void {
    this.#set(field, Object.keys(texts).length > 0 ? texts : '');
  }

  #set(field: string, value: unknown): void {
    if (!isMap(this.object.metadata)) this.object.metadata = {};
    if (value === '') delete this.metadata[field];
    else this.metadata[field] = value;
  }

  get id(): ResourceId {
    return { ...this.gvk, name: this.name, namespace: this.namespace };
  }

  /** By its version of now, for that is not remembered. */
  get formerIds(): ResourceId[] {
    return this.#former.map(former => ({ ...this.gvk, ...former }));
  }

  get originalId(): ResourceId {
    return this.formerIds[0] ?? this.id;
  }

  get ids(): ResourceId[] {
    return [...this.formerIds, this.id];
  }

  /** To be called before a name, namespace or kind changes. */
  remember(): void {
    const namespace = effectiveNamespace(this.id) ?? notANamespace;
    this.#former.push({ name: this.name, namespace, kind: this.kind });
  }

  /** Takes over what `other`, which it stands in for, was called. */
  succeed(other: Resource): void {
    this.#former.splice(0, this.#former.length, ...other.#former);
    this.prefixes.splice(0, this.prefixes.length, ...other.prefixes);
    this.suffixes.splice(0, this.suffixes.length, ...other.suffixes);
    this.variables.splice(0, this.variables.length, ...other.variables);
    this.behavior = other.behavior;
    this.needsHash = this.needsHash && other.needsHash;
  }
}
