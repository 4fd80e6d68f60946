import assert from 'node:assert/strict';
import { type Random, randomInt } from '#base/random.ts';
import { deepFreeze } from '#machinery/object.ts';
import { applyJsonPatch } from '#machinery/patch/json-patch.ts';
import { applyMergePatch, createMergePatch } from '#machinery/patch/merge-patch.ts';
import { createTwoWayMergePatch } from '#machinery/patch/strategic-diff.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import { StatusError } from '#machinery/status.ts';
import { expecting, fuzz } from './fuzz.ts';
import { type Json, loadSamples, mutateJson, pickSample } from './inputs.ts';

type JsonMap = { [name: string]: Json };

const samples = loadSamples([
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'v1', kind: 'Service' },
]).filter(sample => ['Pod', 'Deployment', 'Service', 'Node', 'ServiceAccount'].includes(sample.kind));
const values = new Map(samples.map(sample => [sample, JSON.parse(sample.json) as JsonMap]));
const operations = ['add', 'remove', 'replace', 'move', 'copy', 'test', 'foo'];

/** A pointer to a place in the value, or near one. */
function pointer(random: Random, value: Json): string {
  let path = '';
  for (let at = value; typeof at === 'object' && at !== null && random.next() < 0.85; ) {
    const names = [
      ...Object.keys(at),
      ...(Array.isArray(at) ? ['-', '99', '-1', '01'] : ['x', '', '__proto__']),
    ];
    const name = names[randomInt(random, names.length)]!;
    path += `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    at = Object.hasOwn(at, name) ? (at as JsonMap)[name]! : null;
  }
  return random.next() < 0.05 ? path.slice(1) : path;
}

fuzz('JSON patches apply or are refused, and leave their object alone', random => {
  const sample = pickSample(random, samples);
  const original = deepFreeze(structuredClone(values.get(sample)!));
  const patch = Array.from({ length: 1 + randomInt(random, 4) }, () => ({
    op: operations[randomInt(random, operations.length)]!,
    path: pointer(random, original),
    ...(random.next() < 0.5 ? { from: pointer(random, original) } : {}),
    ...(random.next() < 0.8 ? { value: mutateJson(random, { a: [1, { b: 'c' }] }) } : {}),
  }));
  const sent = random.next() < 0.9 ? patch : mutateJson(random, patch as Json);
  const patched = expecting([StatusError], () => applyJsonPatch(original, sent));
  assert.deepEqual(original, values.get(sample));
  if (patched !== undefined) assert.doesNotThrow(() => JSON.stringify(patched));
});

/** Without nulls: those a merge patch cannot say. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, part]) => part !== null && name !== '__proto__');
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutNulls(part)]));
}

fuzz('the merge patch between two objects leads from one to the other', random => {
  const original = withoutNulls(values.get(pickSample(random, samples))!) as JsonMap;
  const modified = withoutNulls(mutateJson(random, original)) as JsonMap;
  const patch = createMergePatch(original, modified);
  assert.deepEqual(applyMergePatch(deepFreeze(original), patch), modified);
});

fuzz('any merge patch applies, twice as once', random => {
  const original = deepFreeze(structuredClone(values.get(pickSample(random, samples))!));
  const patch = mutateJson(random, values.get(pickSample(random, samples))!);
  const once = applyMergePatch(original, patch);
  assert.deepEqual(applyMergePatch(once, patch), once);
});

const directives: readonly JsonMap[] = [
  { $patch: 'delete' },
  { $patch: 'replace' },
  { $patch: 'merge' },
  { $patch: 'foo' },
  { $retainKeys: ['name'] },
  { '$setElementOrder/containers': [{ name: 'a' }] },
  { '$deleteFromPrimitiveList/finalizers': ['a'] },
  { $setElementOrder: [] },
];

/** Adds directives here and there. */
function direct(random: Random, value: Json): Json {
  if (Array.isArray(value)) return value.map(item => direct(random, item));
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, direct(random, part)] as const);
  const more = random.next() < 0.08 ? directives[randomInt(random, directives.length)] : {};
  return { ...Object.fromEntries(parts), ...more };
}

fuzz('strategic merge patches apply or are refused, and leave their object alone', random => {
  const sample = pickSample(random, samples);
  const original = deepFreeze(structuredClone(values.get(sample)!));
  const patch = direct(random, mutateJson(random, original)) as JsonMap;
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return;
  expecting([StatusError], () => applyStrategicMergePatch(original, patch, sample.schema));
  assert.deepEqual(original, values.get(sample));
});

fuzz('a strategic patch between two objects leads from one to the other', random => {
  const sample = pickSample(random, samples);
  const original = withoutNulls(values.get(sample)!) as JsonMap;
  const modified = structuredClone(original);
  const { metadata } = modified as { metadata: JsonMap };
  metadata.labels = { a: String(randomInt(random, 9)) };
  if (random.next() < 0.5) delete metadata.annotations;
  const spec = modified.spec as JsonMap | undefined;
  for (const name of Object.keys(spec ?? {})) if (random.next() < 0.2) delete spec![name];
  const patch = createTwoWayMergePatch(original, modified, sample.schema);
  assert.deepEqual(applyStrategicMergePatch(deepFreeze(original), patch, sample.schema), modified);
});
