import { compileGoRegexp } from '#machinery/go-regexp.ts';
import { parseYaml } from '#machinery/yaml.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { CliError } from '../errors.ts';
import { readScalar } from './documents.ts';
import { type Place, placeIn, splitPath } from './field-spec.ts';
import { idText, isOfKind, type ResourceId, sameNamespace } from './identity.ts';
import { isMap, isScalar, type JsonMap, textOf } from './json.ts';
import type { FieldOptions, Replacement, Selector } from './kustomization.ts';
import type { Resource } from './resource.ts';
import { matchesTexts } from './resource-set.ts';
import type { Transformation } from './transformation.ts';

/** `replacements`: values of one resource's fields, copied to others'. */
export async function replaceFields({ kustomization, files, set }: Transformation): Promise<void> {
  for (const entry of kustomization.replacements) {
    if (entry.path && (entry.source || entry.targets?.length))
      throw new CliError('cannot specify both path and inline replacement');
    const read = entry.path ? parseYaml(await files.readText(entry.path)) : entry;
    for (const replacement of Array.isArray(read) ? read : [read])
      replace(replacement as Replacement, set.resources);
  }
}

function replace(replacement: Replacement, resources: readonly Resource[]): void {
  const { source, sourceValue, targets } = replacement;
  if ((sourceValue === undefined && !source) || !targets)
    throw new CliError('replacements must specify a source and at least one target');
  if (sourceValue !== undefined && source)
    throw new CliError('value and resource selectors are mutually exclusive');
  const value = source ? readSource(source, resources) : sourceValue;
  for (const { select, reject = [], fieldPaths = [], options = {} } of targets) {
    if (!select) throw new CliError('target must specify resources to select');
    const paths = fieldPaths.length > 0 ? fieldPaths : ['metadata.name'];
    for (const resource of resources) {
      if (!isSelected(resource, select) || reject.some(one => isSelected(resource, one))) continue;
      for (const path of paths) write(resource, path, value, options);
    }
  }
}

function readSource(source: NonNullable<Replacement['source']>, resources: readonly Resource[]): unknown {
  const { fieldPath = 'metadata.name', options } = source;
  const id: ResourceId = { ...source, name: source.name ?? '', namespace: source.namespace ?? '' };
  const shown = `${idText(id)}${source.fieldPath ? `:${source.fieldPath}` : ''}`;
  const found = resources.filter(({ ids }) =>
    ids.some(
      one =>
        (id.name === '' || id.name === one.name) &&
        (id.namespace === '' || sameNamespace(id, one)) &&
        isOfKind(one, id),
    ),
  );
  if (found.length > 1) throw new CliError(`multiple matches for selector ${shown}`);
  if (found.length === 0) throw new CliError(`nothing selected by ${shown}`);
  const value = lookUp(found[0]!.object, fieldPath);
  if (value === undefined || value === null || (isMap(value) && Object.keys(value).length === 0))
    throw new CliError(`fieldPath \`${fieldPath}\` is missing for replacement source ${idText(id)}`);
  if (!options?.delimiter) return value;
  if (!isScalar(value)) throw new CliError('delimiter option can only be used with scalar nodes');
  const { index = 0, delimiter } = options;
  const part = textOf(value).split(delimiter)[index];
  if (part === undefined)
    throw new CliError(`options.index ${index} is out of bounds for value ${textOf(value)}`);
  return part;
}

function isSelected(resource: Resource, selector: Selector): boolean {
  const matches = (pattern: string | undefined, text = '') =>
    !pattern || compileGoRegexp(`^(?:${pattern})$`).test(text);
  return (
    matchesTexts(resource, selector) &&
    resource.ids.some(
      id =>
        matches(selector.group, id.group) &&
        matches(selector.version, id.version) &&
        matches(selector.kind, id.kind) &&
        matches(selector.name, id.name) &&
        matches(selector.namespace, id.namespace),
    )
  );
}

/** Steps of `spec.containers.[name=web].image`: brackets around what has dots but no `=` are taken away. */
function stepsOf(path: string): string[] {
  const steps: string[] = [];
  const parts = splitPath(path, '.');
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    if (!part.startsWith('[') || part.endsWith(']')) {
      steps.push(part);
      continue;
    }
    for (let next = parts.shift(); next !== undefined; next = parts.shift()) {
      part += `.${next}`;
      if (next.endsWith(']')) break;
    }
    steps.push(part.includes('=') ? part : part.replace(/^\[+|\]+$/g, ''));
  }
  return steps;
}

/** The value at a path; undefined where there is none. */
export function lookUp(object: JsonMap, path: string): unknown {
  let value: unknown = object;
  for (const step of stepsOf(path)) {
    if (Array.isArray(value)) value = elements(value, step)[0];
    else value = isMap(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

function elements(list: readonly unknown[], step: string): unknown[] {
  if (step === '*') return [...list];
  if (step === '-') return list.slice(-1);
  if (/^\d+$/.test(step)) return list.slice(Number(step), Number(step) + 1);
  const [, field, text = ''] = /^\[([^=]*)=(.*)\]$/s.exec(step) ?? [];
  if (field === undefined) return [];
  return list.filter(item => textOf(field === '' ? item : isMap(item) ? item[field] : undefined) === text);
}

function write(resource: Resource, path: string, value: unknown, options: FieldOptions): void {
  const creates = options.create === true;
  const root: Place = { value: resource.object, set: () => undefined };
  const places = [...find(root, stepsOf(path), creates ? value : undefined)];
  if (places.length === 0)
    throw new CliError(
      `unable to find ${creates ? 'or create ' : ''}field ${JSON.stringify(path)} in replacement target`,
    );
  for (const place of places) place.set(replaced(place.value, value, options));
}

function replaced(old: unknown, value: unknown, { delimiter, index = 0 }: FieldOptions): unknown {
  let next = structuredClone(value);
  if (delimiter) {
    if (isMap(old) || Array.isArray(old))
      throw new CliError('delimiter option can only be used with scalar nodes');
    const parts = textOf(old).split(delimiter);
    if (index < 0) parts.unshift(textOf(value));
    else if (index >= parts.length) parts.push(textOf(value));
    else parts[index] = textOf(value);
    next = parts.join(delimiter);
  }
  const isFlat = old === undefined || isScalar(old);
  return isFlat && isScalar(next) ? asTypeOf(old, next) : next;
}

/** A scalar's text in another's place: a text stays one, what is new or was a number is what it looks like. */
function asTypeOf(old: unknown, value: unknown): unknown {
  const text = textOf(value);
  return typeof old === 'string' ? text : readScalar(text);
}

/** Every place that steps lead to. What is missing is made where `made` says what for. */
function* find(place: Place, steps: readonly string[], made: unknown): Generator<Place> {
  const [step, ...rest] = steps;
  if (step === undefined) return yield place;
  const { value } = place;
  if (Array.isArray(value)) return yield* findInList(value, step, rest, made);
  if (typeof value === 'string') return yield* findInText(place, steps, made);
  if (!isMap(value)) return;
  if (!Object.hasOwn(value, step)) {
    if (made === undefined) return;
    placeIn(value, step).set(emptyFor(rest[0], made));
  }
  yield* find(placeIn(value, step), rest, made);
}

function* findInList(
  list: unknown[],
  step: string,
  rest: readonly string[],
  made: unknown,
): Generator<Place> {
  const at = /^\d+$/.test(step) ? Number(step) : undefined;
  if (made !== undefined && at === list.length) list.push(emptyFor(rest[0], made));
  if (at !== undefined && at >= list.length)
    throw new CliError(`index ${at} specified but only ${list.length} elements found`);
  const [, field, text] = /^\[([^=]*)=(.*)\]$/s.exec(step) ?? [];
  const pattern = text === undefined ? undefined : compileGoRegexp(text);
  const isMeant = (item: unknown) =>
    pattern?.test(textOf(field === '' ? item : isMap(item) ? item[field!] : undefined)) === true;
  if (made !== undefined && pattern && !list.some(isMeant)) list.push(field ? { [field]: text } : text);
  for (const [index, item] of list.entries())
    if (step === '*' || index === at || isMeant(item)) yield* find(placeIn(list, index), rest, made);
}

/** A text that holds JSON or YAML itself is written anew, in the same form. */
function* findInText(place: Place, steps: readonly string[], made: unknown): Generator<Place> {
  const text = place.value as string;
  const root = parseYaml(text);
  if (typeof root !== 'object' || root === null) return;
  const isJson = /^\s*[[{]/.test(text);
  const pretty = text.includes('\n') && text.includes('  ');
  const written = () =>
    isJson ? JSON.stringify(root, undefined, pretty ? 2 : undefined) : toYaml(root).trim();
  for (const inner of find({ value: root, set: () => undefined }, steps, made))
    yield {
      value: inner.value,
      set: next => {
        inner.set(next);
        place.set(written());
      },
    };
}

/** What a missing field begins as: a list where the next step is of one. */
function emptyFor(next: string | undefined, made: unknown): unknown {
  if (next === undefined) return isMap(made) ? {} : Array.isArray(made) ? [] : undefined;
  return /^(?:\d+|-|\*|\[.*=.*\])$/.test(next) ? [] : {};
}
