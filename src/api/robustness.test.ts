import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fieldErrorText } from '#machinery/field.ts';
import { deepFreeze, type KubeObject } from '#machinery/object.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { builtInResources } from './registry.ts';
import { created, testContext } from './testing.ts';

const samples = fileURLToPath(new URL('../../../shared/testdata/api-v1.36.0/', import.meta.url));

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
  row?.(made, 0);
  for (const [field, value] of Object.entries(selectableFields))
    assert.equal(typeof value(made), 'string', field);
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

  test(`${apiVersion} ${kind} with an empty spec`, () => {
    exercise(definition, { apiVersion, kind, metadata: { name: 'x' }, spec: {} } as KubeObject);
  });
}
