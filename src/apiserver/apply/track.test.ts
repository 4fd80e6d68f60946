import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldSet } from '#machinery/fields/field-set.ts';
import { type Manager, encodeManagers, managerKey } from '#machinery/managed/managers.ts';
import { capped } from './track.ts';

const updater = (name: string, apiVersion: string, field: string, time?: string): Manager => ({
  name,
  operation: 'Update',
  apiVersion,
  subresource: '',
  ...(time ? { time } : {}),
  set: { [`f:${field}`]: {} } as unknown as FieldSet,
});

function cappedOf(managers: readonly Manager[]): [name: string, apiVersion: string, fields: number][] {
  const left = capped(new Map(managers.map(manager => [managerKey(manager), manager])));
  return encodeManagers(left)!.map(({ manager, apiVersion, fieldsV1 }) => [
    manager!,
    apiVersion!,
    Object.keys(fieldsV1!).length,
  ]);
}

test('the oldest updaters of each version become one', () => {
  const many = Array.from({ length: 12 }, (_, i) =>
    updater(`m${i}`, i % 2 === 0 ? 'v1' : 'v2', `a${i}`, `2026-01-01T00:00:${10 + i}Z`),
  );
  const left = cappedOf(many);
  assert.deepEqual(left.filter(([name]) => name === 'ancient-changes').toSorted(), [
    ['ancient-changes', 'v1', 2],
    ['ancient-changes', 'v2', 2],
  ]);
  assert.equal(left.length, 10);
  const again = cappedOf([
    ...many.slice(3),
    updater('ancient-changes', 'v1', 'old'),
    updater('n', 'v1', 'n'),
  ]);
  assert.deepEqual(
    again.filter(([name]) => name === 'ancient-changes'),
    [['ancient-changes', 'v1', 2]],
  );
});

test('as many as a request can hold are joined in one go', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => updater(`m${i}`, 'v1', `a${i}`));
  const left = cappedOf(many);
  assert.equal(left.length, 10);
  assert.deepEqual(
    left.find(([name]) => name === 'ancient-changes'),
    ['ancient-changes', 'v1', 9_991],
  );
});
