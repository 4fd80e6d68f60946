import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fieldErrorText } from '#machinery/field.ts';
import { deepFreeze, type KubeObject } from '#machinery/object.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { decodeJson } from '#machinery/json-decode.ts';
import { builtInResources } from './registry.ts';
import { loadSchemas } from './schemas.ts';
import { created, testContext } from './testing.ts';

const samples = fileURLToPath(new URL('../../../shared/testdata/api-v1.36.0/', import.meta.url));

const schemas = loadSchemas();

/** All that a strategy does, to objects that a client may send. */
function exercise(definition: (typeof builtInResources)[number], object: KubeObject): void {
  const { strategy, row, selectableFields = {} } = definition;
  const made = created(definition, object);
  const again = structuredClone(made);
  strategy.setDefaults?.(again);
  assert.deepEqual(again, made, 'defaults are idempotent');
  const old = deepFreeze(structuredClone(made));
  const errors = [
    ...(strategy.validate?.(made, testContext()) ?? []),
    ...(strategy.validateUpdate?.(made, old, testContext()) ?? []),
    ...(strategy.validateStatusUpdate?.(made, old, testContext()) ?? []),
  ];
  for (const error of errors) assert.match(fieldErrorText(error), /^\S.*: \S/);
  strategy.prepareForUpdate?.(made, old, testContext());
  strategy.prepareForStatusUpdate?.(made, old, testContext());
  strategy.warnings?.(made);
  strategy.statusWarnings?.(made);
  row?.(made, 0);
  for (const [field, value] of Object.entries(selectableFields))
    assert.equal(typeof value(made), 'string', field);
}

/** The path of each object and array below the root, by names and indices. */
function containerPaths(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.entries(value).flatMap(([name, part]) => containerPaths(part, [...path, name]));
  return path.length > 0 ? [path, ...below] : below;
}

function setPath(root: object, path: readonly string[], value: unknown): void {
  let at = root as Record<string, never>;
  for (const name of path.slice(0, -1)) at = at[name]!;
  Object.assign(at, { [path.at(-1)!]: value });
}

for (const definition of builtInResources) {
  const { group, kind, versions } = definition;
  const apiVersion = apiVersionOf({ group, version: versions[0]!.version });
  if (definition.verbs?.join() === 'create') continue;

  test(`${apiVersion} ${kind} with everything set`, context => {
    const file = `${samples}${group || 'core'}.${versions[0]!.version}.${kind}.json`;
    if (!existsSync(file)) return context.skip('there is no sample object of it here');
    const sample: KubeObject = JSON.parse(readFileSync(file, 'utf8'));
    if (definition.storedAs) definition.versions[0]!.toStorage?.(sample);
    exercise(definition, sample);
  });

  test(`${apiVersion} ${kind} with null in the place of each list, map and object`, context => {
    const file = `${samples}${group || 'core'}.${versions[0]!.version}.${kind}.json`;
    const schema = schemas.schemaOf(versions[0]!.schema);
    if (!existsSync(file) || !schema) return context.skip('there is no sample object of it here');
    const text = readFileSync(file, 'utf8');
    for (const path of containerPaths(JSON.parse(text))) {
      const sample = JSON.parse(text);
      setPath(sample, path, null);
      const { object } = decodeJson<KubeObject>(JSON.stringify(sample), schema);
      if (definition.storedAs) definition.versions[0]!.toStorage?.(object);
      exercise(definition, object);
    }
  });

  test(`${apiVersion} ${kind} with an empty spec`, () => {
    exercise(definition, { apiVersion, kind, metadata: { name: 'x' }, spec: {} } as KubeObject);
  });
}
