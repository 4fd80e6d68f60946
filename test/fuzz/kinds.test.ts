import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInResources } from '#api/registry.ts';
import { created, testContext, validationErrors } from '#api/testing.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { fieldErrorText } from '#machinery/field.ts';
import { decodeJson } from '#machinery/json-decode.ts';
import { type KubeObject, apiVersionOf, deepFreeze } from '#machinery/object.ts';
import { toTable } from '#machinery/table.ts';
import { expecting, fuzz } from './fuzz.ts';
import { type Json, loadSamples, mutateJson, pickSample, withInt64s } from './inputs.ts';

const kinds = builtInResources
  .filter(definition => definition.verbs?.join() !== 'create' && !definition.storedAs)
  .flatMap(definition => {
    const { group, kind, versions } = definition;
    const apiVersion = apiVersionOf({ group, version: versions[0]!.version });
    return loadSamples([{ apiVersion, kind }])
      .filter(sample => sample.apiVersion === apiVersion && sample.kind === kind)
      .map(sample => ({ definition, sample, value: JSON.parse(sample.json) as Json }));
  });

type Kind = (typeof kinds)[number];

fuzz('strategies, columns and selectable fields take whatever can be decoded', random => {
  const kind = pickSample(random, kinds);
  const decodeOne = () =>
    decodeJson<KubeObject>(JSON.stringify(mutateJson(random, kind.value)), kind.sample.schema).object;
  const first = expecting([DecodeError], decodeOne);
  const second = expecting([DecodeError], decodeOne);
  if (first && second) useAll(kind, first, second);
});

test('strategies, columns and selectable fields take any int64', () => {
  for (const kind of kinds) {
    const { sample, value } = kind;
    for (const int64 of [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      const text = JSON.stringify(withInt64s(value, sample.schema, int64));
      const decodeOne = () => decodeJson<KubeObject>(text, sample.schema).object;
      useAll(kind, decodeOne(), decodeOne());
    }
  }
});

/** What is done to objects of a kind before they are stored, and when they are shown. */
function useAll({ definition }: Kind, first: KubeObject, second: KubeObject): void {
  const { strategy, selectableFields = {} } = definition;
  const made = created(definition, first);
  const again = structuredClone(made);
  strategy.setDefaults?.(again);
  assert.deepEqual(again, made, 'defaults are idempotent');
  const old = deepFreeze(created(definition, second));
  const context = testContext();
  const errors = [
    ...validationErrors(strategy, made, context),
    ...(strategy.validateUpdate?.(made, old, context) ?? []),
    ...(strategy.validateStatusUpdate?.(made, old, context) ?? []),
  ];
  for (const error of errors) assert.match(fieldErrorText(error), /^\S[\s\S]*: \S/);
  toTable(definition, [made, old], 0);
  for (const [field, read] of Object.entries(selectableFields))
    assert.equal(typeof read(made), 'string', field);
  strategy.prepareForUpdate?.(made, old, context);
  strategy.prepareForStatusUpdate?.(structuredClone(made), old, context);
  for (const warning of context.warnings) assert.ok(warning.length > 0);
}
