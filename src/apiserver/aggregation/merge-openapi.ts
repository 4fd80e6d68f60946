import { deepEqual } from '#base/equal.ts';
import type { Json } from '../openapi/dialect.ts';
import type { SwaggerParts } from './swagger-to-v3.ts';

type Parts = Pick<SwaggerParts, 'paths' | 'definitions' | 'parameters'>;
type Swagger = Record<string, Json> & Parts;

const definitionPrefix = '#/definitions/';

/**
 * One document of several: a path is whose it was first; a definition that others give the same name and another shape
 * gets a name of its own. Parameters that are shared have names that tell their texts apart.
 */
export function mergeSwagger(local: Swagger, remotes: readonly Parts[]): Swagger {
  const paths = { ...local.paths };
  const definitions = { ...local.definitions };
  const parameters = { ...local.parameters };
  for (const remote of remotes) {
    for (const [name, parameter] of Object.entries(remote.parameters ?? {})) parameters[name] ??= parameter;
    const names = newNames(remote.definitions, definitions);
    for (const [name, definition] of Object.entries(remote.definitions)) {
      definitions[names.get(name) ?? name] ??= renamed(definition, names);
    }
    for (const [path, item] of Object.entries(remote.paths)) paths[path] ??= renamed(item, names);
  }
  return { ...local, paths, definitions, parameters };
}

function newNames(
  theirs: Readonly<Record<string, Json>>,
  taken: Readonly<Record<string, Json>>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(theirs)) {
    if (!Object.hasOwn(taken, name) || deepEqual(taken[name], definition)) continue;
    let number = 2;
    while (Object.hasOwn(taken, `${name}_v${number}`)) number++;
    names.set(name, `${name}_v${number}`);
  }
  return names;
}

function renamed(value: Json, names: ReadonlyMap<string, string>): Json {
  if (names.size === 0) return value;
  return JSON.parse(JSON.stringify(value), (key, inner: unknown) => {
    if (key !== '$ref' || typeof inner !== 'string' || !inner.startsWith(definitionPrefix)) return inner;
    const name = names.get(inner.slice(definitionPrefix.length));
    return name === undefined ? inner : definitionPrefix + name;
  }) as Json;
}
