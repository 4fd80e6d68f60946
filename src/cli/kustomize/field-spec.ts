import { setMember } from '#base/members.ts';
import { CliError } from '../errors.ts';
import { type Gvk, idText, isOfKind } from './identity.ts';
import { isMap, isScalar, type JsonMap } from './json.ts';
import type { Resource } from './resource.ts';

/** A field of some kinds of resources: `spec/containers[]/image`. Lists on the way are gone through. */
export interface FieldSpec extends Gvk {
  readonly path: string;
  /** What is missing of the path is made. */
  readonly create?: boolean;
}

/** A field's place: `value` is undefined where it is to be made. */
export interface Place {
  readonly value: unknown;
  set(value: unknown): void;
}

/** The place of a member of a list or a map. */
export function placeIn(parent: JsonMap | unknown[], key: string | number): Place {
  const members = parent as Record<string | number, unknown>;
  return { value: members[key], set: value => setMember(members, String(key), value) };
}

/** Gives `visit` each field of `resource` that `spec` means; `made` is what a field that is created begins as. */
export function visitField(
  resource: Resource,
  spec: FieldSpec,
  visit: (place: Place) => void,
  made?: 'scalar' | 'map',
): void {
  if (!isOfKind(resource.gvk, spec)) return;
  const walk = (place: Place, path: readonly string[]): void => {
    const { value } = place;
    const [step, ...rest] = path;
    if (step === undefined) visit(place);
    else if (Array.isArray(value)) for (const at of value.keys()) walk(placeIn(value, at), path);
    else if (isMap(value)) walkMap(value, step, rest);
    else if (value !== null && value !== undefined) throw new CliError('expected sequence or mapping node');
  };
  const walkMap = (map: JsonMap, step: string, rest: readonly string[]) => {
    const isSequence = step.endsWith('[]');
    const name = isSequence ? step.slice(0, -2) : step;
    const found = placeIn(map, name);
    const isMissing = found.value === undefined || found.value === null;
    if (isMissing && spec.create && made && !isSequence)
      found.set(rest.length === 0 && made === 'scalar' ? '' : {});
    else if (found.value === undefined || (isMissing && isSequence)) return;
    walk(placeIn(map, name), rest);
  };
  try {
    walk({ value: resource.object, set: () => undefined }, splitPath(spec.path, '/'));
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    throw new CliError(`considering field '${spec.path}' of object ${idText(resource.id)}: ${error.message}`);
  }
}

/** The same for several, in order. */
export function visitFields(
  resource: Resource,
  specs: readonly FieldSpec[],
  visit: (place: Place) => void,
  made?: 'scalar' | 'map',
): void {
  for (const spec of specs) visitField(resource, spec, visit, made);
}

/** Sets a scalar. */
export function setScalar(place: Place, value: unknown): void {
  if (place.value !== undefined && !isScalar(place.value))
    throw new CliError('wrong node kind: expected ScalarNode');
  place.set(value);
}

/** The steps of a path; a backslash before the delimiter keeps it. */
export function splitPath(path: string, delimiter: string): string[] {
  const parts = path.split(delimiter);
  if (parts.length > 1 && parts[0] === '') parts.shift();
  const steps = [parts[0]!];
  for (const part of parts.slice(1)) {
    const last = steps.at(-1)!;
    if (last.endsWith('\\')) steps[steps.length - 1] = last.slice(0, -1) + delimiter + part;
    else steps.push(part);
  }
  return steps;
}

/** `specs` with those of `more` that it does not have. */
export function joinSpecs(specs: readonly FieldSpec[], more: readonly FieldSpec[]): FieldSpec[] {
  const joined = [...specs];
  for (const spec of more) {
    const same = joined.find(other => isOfKind(other, spec) && other.path === spec.path);
    if (same && (same.create ?? false) !== (spec.create ?? false))
      throw new CliError('conflicting fieldspecs');
    if (!same) joined.push(spec);
  }
  return joined;
}
