import type { KubeObject } from '#machinery/object.ts';
import type { World } from './world.ts';

/** The annotation of the fault `touched`. */
export const touchedAnnotation = 'explore.coxswain.dev/touched';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** Of pods, nodes and services in the hollow network. */
const address = /^10\.\d+\.\d+\.\d+$/;
/** The volume that admission gives each pod, under a random name. */
const tokenVolume = /^kube-api-access-\w{5}$/;
const volatile = new Set(['resourceVersion', 'managedFields', 'generation', 'selfLink', touchedAnnotation]);
/** Nobody's end state: what is told, who lives, and what the server makes for itself. */
const passing = /^(core\/events|coordination\.k8s\.io\/leases|flowcontrol\.apiserver\.k8s\.io\/\w+)$/;

export function isPassing(bucket: string): boolean {
  return passing.test(bucket);
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One object as it is compared: without times, uids, versions and generated names. */
export interface NormalObject {
  /** 'core/pods default/web-*'. */
  readonly title: string;
  readonly value: Json;
}

/** What stands for names and uids that differ from run to run. */
export class Names {
  readonly #names = new Map<string, string>();
  readonly #uids = new Map<string, string>();
  readonly #ignored: ReadonlySet<string>;
  #isGone: (uid: string) => boolean = () => false;

  /** Fields of the names `ignored`, wherever they stand, do not count. */
  constructor(ignored: readonly string[] = []) {
    this.#ignored = new Set([...volatile, ...ignored]);
  }

  counts(field: string): boolean {
    return !this.#ignored.has(field);
  }

  see({ kind, metadata: { name = '', generateName, uid = '' } }: KubeObject): void {
    if (generateName) this.#names.set(name, `${generateName}*`);
    this.#uids.set(uid, `uid of ${kind} ${this.of(name)}`);
  }

  of(text: string): string {
    return this.#names.get(text) ?? text;
  }

  /** An owner of the same name that is gone is not the one that is there. */
  tellGone(isGone: (uid: string) => boolean): void {
    this.#isGone = isGone;
  }

  withoutUids(text: string): string {
    const wordsFor = (uid: string) =>
      `${this.#isGone(uid) ? 'gone ' : ''}${this.#uids.get(uid) ?? 'some uid'}`;
    return text.replace(uuid, wordsFor);
  }
}

function plainText(text: string, names: Names): string {
  if (time.test(text)) return 'a time';
  if (address.test(text)) return 'an address';
  if (tokenVolume.test(text)) return 'a token volume';
  return names.withoutUids(names.of(text));
}

const byText = (a: Json, b: Json) => {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
};

function plain(value: unknown, names: Names): Json {
  if (typeof value === 'string') return plainText(value, names);
  if (Array.isArray(value)) return value.map(item => plain(item, names)).sort(byText);
  if (typeof value !== 'object' || value === null) return value as Json;
  const fields = Object.entries(value).filter(([name, field]) => field !== undefined && names.counts(name));
  const plainFields = fields.sort().map(([name, field]) => [names.of(name), plain(field, names)] as const);
  return Object.fromEntries(plainFields.filter(([name, field]) => name !== 'annotations' || !isEmpty(field)));
}

/** What is left of annotations that had the explorer's mark alone. */
const isEmpty = (value: Json) => JSON.stringify(value) === '{}';

function withoutGenerations(object: KubeObject): unknown {
  const { metadata, status, ...rest } = object as KubeObject & { status?: { observedGeneration?: number } };
  if (status?.observedGeneration === undefined) return object;
  const observedGeneration = status.observedGeneration === metadata.generation ? 'current' : 'behind';
  return { metadata, status: { ...status, observedGeneration }, ...rest };
}

export function normalObject(bucket: string, object: KubeObject, names: Names): NormalObject {
  const value = plain(withoutGenerations(object), names);
  const { namespace, name = '' } = object.metadata;
  return { title: `${bucket} ${namespace ? `${namespace}/` : ''}${names.of(name)}`, value };
}

/** All that is there, sorted. `keep` says what counts, and may change it first. */
export function normalState(
  world: World,
  names: Names,
  keep: (object: KubeObject) => KubeObject | undefined,
): NormalObject[] {
  const all: NormalObject[] = [];
  const live = new Set(Array.from(world.all(), ({ object }) => object.metadata.uid));
  names.tellGone(uid => !live.has(uid));
  for (const { bucket, object } of world.all()) {
    const kept = isPassing(bucket) ? undefined : keep(object);
    if (kept) all.push(normalObject(bucket, kept, names));
  }
  return all.sort((a, b) => byText([a.title, a.value], [b.title, b.value]));
}

/** In words, how `actual` is not as `expected`; empty where it is. */
export function differences(expected: readonly NormalObject[], actual: readonly NormalObject[]): string[] {
  const wanted = [...expected];
  const others = actual.filter(
    object => take(wanted, candidate => byText(candidate.value, object.value) === 0, object) === undefined,
  );
  const found = others.flatMap(object => {
    const other = take(wanted, () => true, object);
    return other
      ? fieldDifferences(object.title, other.value, object.value)
      : [`${object.title} should not be there`];
  });
  return [...found, ...wanted.map(({ title }) => `${title} is missing`)];
}

/** Takes one of the same title out of `from`. */
function take(from: NormalObject[], fits: (candidate: NormalObject) => boolean, { title }: NormalObject) {
  const index = from.findIndex(candidate => candidate.title === title && fits(candidate));
  return index < 0 ? undefined : from.splice(index, 1)[0];
}

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldDifferences(path: string, expected: Json | undefined, actual: Json | undefined): string[] {
  if (JSON.stringify(expected) === JSON.stringify(actual)) return [];
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].flatMap(name => fieldDifferences(`${path} .${name}`, expected[name], actual[name]));
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((item, i) => fieldDifferences(`${path} [${i}]`, item, actual[i]));
  }
  return [`${path} is ${brief(actual)}, not ${brief(expected)}`];
}

function brief(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'absent';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
