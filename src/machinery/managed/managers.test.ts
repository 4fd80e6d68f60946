import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fieldElement } from '../fields/element.ts';
import { type FieldSet, setOf } from '../fields/field-set.ts';
import { type Manager, decodeManagers, encodeManagers, managerKey, managersJson } from './managers.ts';

const fields = (...names: string[]): FieldSet =>
  setOf(...names.map(name => ['spec', name].map(fieldElement)));

function manager(overrides: Partial<Manager> = {}): Manager {
  const time = '2026-01-01T00:00:00Z';
  const base = { name: 'kubelet', operation: 'Update', apiVersion: 'v1', subresource: '', time } as const;
  return { ...base, set: fields('a', 'b'), ...overrides };
}

const encoded = (...managers: Manager[]) => encodeManagers(new Map(managers.map(m => [managerKey(m), m])))!;

describe('entries of managers', () => {
  it('are one, frozen, for all that say the same', () => {
    const [first] = encoded(manager());
    assert.equal(encoded(manager())[0], first);
    assert.ok(Object.isFrozen(first) && Object.isFrozen(first!.fieldsV1));
  });

  it('differ by whatever an entry says', () => {
    const [first] = encoded(manager());
    const others: Partial<Manager>[] = [
      { name: 'other' },
      { operation: 'Apply' },
      { apiVersion: 'v2' },
      { subresource: 'status' },
      { time: '2026-01-01T00:00:01Z' },
      { set: fields('a') },
    ];
    for (const other of others) {
      const [entry] = encoded(manager(other));
      assert.notDeepEqual(entry, first);
      assert.deepEqual([...decodeManagers([entry!]).values()], [manager(other)]);
    }
    assert.deepEqual([...decodeManagers(encoded(manager())).values()], [manager()]);
  });

  it('come by operation, time and name', () => {
    const entries = encoded(manager(), manager({ name: 'a' }), manager({ name: 'z', operation: 'Apply' }));
    assert.deepEqual(
      entries.map(entry => entry.manager),
      ['z', 'a', 'kubelet'],
    );
  });

  it('have the JSON that JSON.stringify gives them, each time', () => {
    const entries = encoded(manager(), manager({ name: 'ü"', subresource: 'status' }));
    for (let i = 0; i < 2; i++) assert.equal(managersJson(entries), JSON.stringify(entries));
    assert.equal(managersJson([]), '[]');
  });
});
