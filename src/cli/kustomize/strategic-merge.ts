import { patchMetaOf } from '#machinery/patch/patch-meta.ts';
import type { Schema } from '#machinery/schema.ts';
import { CliError } from '../errors.ts';
import { isMap, isScalar, type JsonMap, textOf } from './json.ts';

/**
 * A strategic merge as kyaml does it, which is not the API server's: what a patch adds to a list comes first, elements may
 * have several keys, and lists of kinds without a schema are replaced. Both arguments are used up.
 */
export function strategicMerge(
  target: JsonMap,
  patch: JsonMap,
  schema: Schema | undefined,
): JsonMap | undefined {
  return merge(target, patch, { schema, keys: undefined }) as JsonMap | undefined;
}

/** How a value merges: `keys` are those of a list that merges, none for one of scalars. */
interface Rule {
  readonly schema: Schema | undefined;
  readonly keys: readonly string[] | undefined;
}

/** The merged value; undefined where it goes. */
function merge(target: unknown, patch: unknown, rule: Rule): unknown {
  const sample = target ?? patch;
  if (isScalar(sample)) {
    mustBe('ScalarNode', target, patch);
    return patch === undefined ? target : (patch ?? undefined);
  }
  if (Array.isArray(sample)) {
    mustBe('SequenceNode', target, patch);
    return rule.keys ? mergeLists(target, patch, rule) : patch === undefined ? target : (patch ?? undefined);
  }
  if (sample === null || sample === undefined) return patch === undefined ? target : undefined;
  mustBe('MappingNode', target, patch);
  return mergeMaps(target as JsonMap | null | undefined, patch as JsonMap | null | undefined, rule);
}

function mergeMaps(
  target: JsonMap | null | undefined,
  patch: JsonMap | null | undefined,
  { schema }: Rule,
): JsonMap | undefined {
  if (patch === null) return undefined;
  const directive = takeDirective(patch);
  if (directive === 'delete') return undefined;
  const merged = (target && directive !== 'replace' ? target : patch)!;
  const names = new Set([...Object.keys(merged), ...Object.keys(patch ?? {})]);
  for (const name of [...names].sort()) {
    const value = merge(merged[name], patch?.[name], ruleOf(schema, name));
    if (value === undefined) delete merged[name];
    else merged[name] = value;
  }
  return merged;
}

function ruleOf(schema: Schema | undefined, name: string): Rule {
  const { schema: inner, strategy, mergeKey } = patchMetaOf(schema, name);
  if (strategy !== 'merge') return { schema: inner, keys: undefined };
  const field = schema?.type === 'object' ? schema.fields.get(name)?.schema : undefined;
  const several = field?.type === 'list' ? field.listMapKeys : undefined;
  return { schema: inner, keys: several ?? (mergeKey === '' ? [''] : [mergeKey]) };
}

function mergeLists(target: unknown, patch: unknown, { schema, keys = [] }: Rule): unknown {
  if (patch === null) return undefined;
  const added = patch as unknown[] | undefined;
  const directive = takeListDirective(added);
  if (directive === 'delete') return undefined;
  const merged = (target && directive !== 'replace' ? target : added) as unknown[];
  const sources = [added, merged];
  const values = keys[0] === '' ? scalarsOf(sources) : elementKeys(sources, keys);
  if (keys.length > 1) fillIn(values);
  const first: unknown[] = [];
  let used = keys;
  for (const value of values) {
    used = keysInUse(values, keys);
    const wanted = value.filter((text, at) => text !== '' || used.includes(keys[at]!));
    const own = keysInUse([value], keys);
    const ownValues = own.map(key => value[keys.indexOf(key)]!);
    const [ofPatch, ofTarget] = sources.map(source => source?.find(item => isElement(item, own, ownValues)));
    const element = merge(ofTarget, ofPatch, { schema, keys: undefined });
    if (element === undefined || (isMap(element) && Object.keys(element).length === 0)) {
      setElement(merged, undefined, used, wanted);
      continue;
    }
    if (isMap(element))
      for (const [at, key] of used.entries())
        if (element[key] === undefined && wanted[at] !== '') element[key] = wanted[at];
    setElement(first, element, used, wanted);
  }
  return values.length === 0 ? merged : prepended(first, merged, used);
}

/** `rest` after `first`, each element once. */
function prepended(first: unknown[], rest: readonly unknown[], keys: readonly string[]): unknown[] {
  for (const element of rest) {
    if (keys[0] === '') {
      setElement(first, element, [''], [textOf(element)]);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      const value = isMap(element) ? element[key] : undefined;
      if (value === undefined) first.push(element);
      else values.push(textOf(value));
    }
    if (values.length === 0) continue;
    if (keys.length > 1) setElement(first, undefined, keys, values);
    setElement(first, element, keys, values);
  }
  return first;
}

/** Puts `element` in the place of those with these keys, or last; undefined takes them away. */
function setElement(
  list: unknown[],
  element: unknown,
  keys: readonly string[],
  values: readonly string[],
): void {
  const kept: unknown[] = [];
  let found = false;
  for (const item of list) {
    if (item === null || (isMap(item) && Object.keys(item).length === 0)) continue;
    // What a key's value is not known for is not asked of the element.
    const asked = keys.slice(0, values.length);
    if (!isElement(item, asked, values)) {
      kept.push(item);
      continue;
    }
    found = true;
    if (element !== undefined) kept.push(element);
  }
  if (!found && element !== undefined) kept.push(element);
  list.splice(0, list.length, ...kept);
}

/** '' as a value is any; '' as a key is the scalar itself. */
function isElement(item: unknown, keys: readonly string[], values: readonly string[]): boolean {
  if (keys[0] === '') return isScalar(item) && textOf(item) === values[0];
  return (
    isMap(item) &&
    keys.every((key, at) => item[key] !== undefined && (!values[at] || textOf(item[key]) === values[at]))
  );
}

function scalarsOf(lists: readonly (readonly unknown[] | undefined)[]): string[][] {
  return [...new Set(lists.flatMap(list => (list ?? []).map(textOf)))].map(text => [text]);
}

function elementKeys(
  lists: readonly (readonly unknown[] | undefined)[],
  keys: readonly string[],
): string[][] {
  const all = lists.flatMap(list =>
    (list ?? []).map(item => keys.map(key => (isMap(item) ? textOf(item[key]) : ''))),
  );
  return [...new Map(all.map(values => [JSON.stringify(values), values])).values()];
}

/** Elements that agree in one key and say nothing of the others are one. */
function fillIn(all: string[][]): void {
  for (const i of all.keys())
    for (const j of all.keys()) {
      const pairs = all[i]!.map((text, at) => [text, all[j]![at]!] as const);
      const agree = pairs.some(([one, other]) => one === other);
      const differ = pairs.some(([one, other]) => one !== '' && other !== '' && one !== other);
      if (!agree || differ) continue;
      const filled = pairs.map(([one, other]) => one || other);
      all[i] = filled;
      all[j] = filled;
    }
}

function keysInUse(all: readonly (readonly string[])[], keys: readonly string[]): readonly string[] {
  const used = keys.filter((_, at) => all.some(values => values[at] !== ''));
  return used.length > 0 ? used : keys;
}

function takeDirective(patch: JsonMap | undefined): string {
  const directive = patch?.$patch;
  if (!patch || directive === undefined) return 'merge';
  delete patch.$patch;
  return known(directive);
}

/** An element that is nothing else says how its list merges. */
function takeListDirective(patch: unknown[] | undefined): string {
  const at = patch?.findIndex(item => isMap(item) && '$patch' in item) ?? -1;
  if (!patch || at < 0) return 'merge';
  const item = patch[at] as JsonMap;
  if (Object.keys(item).length > 1) return 'merge';
  patch.splice(at, 1);
  return known(item.$patch);
}

function known(directive: unknown): string {
  const text = textOf(directive);
  if (text === 'delete' || text === 'replace' || text === 'merge') return text;
  throw new CliError(`unknown patch strategy '${text}'`);
}

function mustBe(kind: string, ...values: unknown[]): void {
  for (const value of values) {
    if (value === undefined || value === null) continue;
    const is = Array.isArray(value) ? 'SequenceNode' : isMap(value) ? 'MappingNode' : 'ScalarNode';
    if (is !== kind)
      throw new CliError(
        `wrong Node Kind for  expected: ${kind} was ${is}: value: {${JSON.stringify(value)}}`,
      );
  }
}
