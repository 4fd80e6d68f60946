import { CliError } from '../errors.ts';
import { type FieldSpec, type Place, visitFields } from './field-spec.ts';
import { isClusterScoped, type ResourceId, sameId, sameKind, splitApiVersion } from './identity.ts';
import { isMap, isScalar, textOf } from './json.ts';
import type { Variable } from './kustomization.ts';
import type { ResourceSet } from './resource-set.ts';
import { lookUp } from './replacements.ts';

/** The variables of a build by name. Notes at the resources which of them read there. */
export function addVariables(
  known: ReadonlyMap<string, Variable>,
  more: readonly Variable[],
  set: ResourceSet,
): Map<string, Variable> {
  const all = new Map(known);
  for (const variable of more) {
    const { name = '', objref = {} } = variable;
    const { apiVersion, ...rest } = objref;
    const id: ResourceId = {
      ...rest,
      ...(apiVersion ? splitApiVersion(apiVersion) : {}),
      name: objref.name ?? '',
      namespace: objref.namespace ?? '',
    };
    const exact = id.namespace !== '' || isClusterScoped(id);
    const found = set.calledEver(other =>
      exact ? sameId(other, id) : other.name === id.name && sameKind(other, id),
    );
    if (found.length > 1)
      throw new CliError(`found ${found.length} resId matches for var ${name} (unable to disambiguate)`);
    found[0]?.variables.push(name);
    if (all.has(name)) throw new CliError(`var '${name}' already encountered`);
    all.set(name, variable);
  }
  return all;
}

/** Puts the variables' values in the place of `$(NAME)`. Answers the names of those that nothing used. */
export function resolveVariables(
  variables: ReadonlyMap<string, Variable>,
  set: ResourceSet,
  specs: readonly FieldSpec[],
): string[] {
  const values = new Map(
    [...variables].sort().map(([name, variable]) => [name, readVariable(variable, set)]),
  );
  const used = new Set<string>();
  const resolve = (text: string) =>
    expand(text, name => {
      const value = values.get(name);
      if (!isScalar(value)) return undefined;
      used.add(name);
      return value;
    });
  if (values.size > 0)
    for (const resource of set.resources) visitFields(resource, specs, place => resolvePlace(place, resolve));
  return [...values.keys()].filter(name => !used.has(name));
}

function readVariable({ name = '', fieldref }: Variable, set: ResourceSet): unknown {
  const resource = set.resources.find(one => one.variables.includes(name));
  if (!resource)
    throw new CliError(`var '${name}' cannot be mapped to a field in the set of known resources`);
  const path = fieldref?.fieldPath || 'metadata.name';
  const value = lookUp(resource.object, path.replace(/\[(\d+)\]/g, '.$1'));
  if (value === undefined)
    throw new CliError(`field specified in var '${name}' not found in corresponding resource`);
  return value;
}

function resolvePlace(place: Place, resolve: (text: string) => unknown): void {
  const { value } = place;
  if (typeof value === 'string') place.set(resolve(value));
  else if (Array.isArray(value))
    value.forEach((item, at) => {
      if (typeof item !== 'string') throw new CliError('invalid value type expect a string');
      value[at] = resolve(item);
    });
  else if (isMap(value))
    for (const [key, item] of Object.entries(value)) if (typeof item === 'string') value[key] = resolve(item);
}

/** A text that is one variable takes its type too; `$$` is a dollar sign. */
function expand(text: string, valueFor: (name: string) => unknown): unknown {
  const whole = /^\$\(([^)]*)\)$/.exec(text);
  if (whole) return valueFor(whole[1]!) ?? text;
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (found, name: string | undefined) =>
    name === undefined ? '$' : textOf(valueFor(name) ?? found),
  );
}
